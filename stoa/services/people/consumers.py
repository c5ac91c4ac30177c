"""What people does about facts of others."""

from stoa.kit.events import Consumers, Delivery
from stoa.services.identity.contract import AccountClosed, AccountRegistered
from stoa.services.organizations.contract import MemberAdded, MemberRemoved
from stoa.services.people.service import People

consumers = Consumers("people")


@consumers.on(AccountRegistered)
async def open_first_profile(event: AccountRegistered, delivery: Delivery, people: People) -> None:
    """Make the profile of a new account."""
    await people.open_profile(
        organization=event.organization_id,
        user=event.user_id,
        display_name=event.display_name,
        locale=event.locale,
        delivery=delivery,
        is_own_word=True,
    )


@consumers.on(MemberAdded)
async def open_member_profile(event: MemberAdded, delivery: Delivery, people: People) -> None:
    """Make the profile of somebody who was added to an organization."""
    await people.open_profile(
        organization=event.organization_id,
        user=event.user_id,
        display_name=event.display_name,
        locale=event.locale,
        delivery=delivery,
    )


@consumers.on(MemberRemoved)
async def forget_member(event: MemberRemoved, delivery: Delivery, people: People) -> None:
    """Forget, in an organization they had joined, who the owner of a closed account was."""
    if event.is_account_closed:
        await people.forget(organization=event.organization_id, user=event.user_id, delivery=delivery)


@consumers.on(AccountClosed)
async def forget_person(event: AccountClosed, delivery: Delivery, people: People) -> None:
    """Forget who the owner of a closed account was."""
    await people.forget(organization=event.organization_id, user=event.user_id, delivery=delivery)
