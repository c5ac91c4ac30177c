"""What organizations does about facts of others."""

from stoa.kit.events import Consumers, Delivery
from stoa.services.identity.contract import AccountClosed, AccountRegistered
from stoa.services.organizations.service.organizations import Organizations
from stoa.services.people.contract import ProfileRenamed

consumers = Consumers("organizations")


@consumers.on(AccountRegistered)
async def welcome_member(event: AccountRegistered, delivery: Delivery, organizations: Organizations) -> None:
    """Make somebody who signed up a member; whoever invites somebody makes them one."""
    if event.is_invited:
        return
    await organizations.welcome(
        organization=event.organization_id,
        user=event.user_id,
        display_name=event.display_name,
        locale=event.locale,
        delivery=delivery,
    )


@consumers.on(ProfileRenamed)
async def note_name(event: ProfileRenamed, delivery: Delivery, organizations: Organizations) -> None:
    """Note somebody's new name in the list of members."""
    await organizations.rename(
        organization=event.organization_id, user=event.user_id, display_name=event.display_name, delivery=delivery
    )


@consumers.on(AccountClosed)
async def end_membership(event: AccountClosed, delivery: Delivery, organizations: Organizations) -> None:
    """End the membership of a closed account."""
    await organizations.forget(organization=event.organization_id, user=event.user_id, delivery=delivery)
