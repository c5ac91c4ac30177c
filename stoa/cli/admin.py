"""`stoa admin`: somebody who looks after the platform; without the demo nobody else could be the first."""

import asyncio
from collections.abc import Callable

import click
import msgspec

from stoa.app.demo import ADMIN_ROLES, ensure_person, new_password
from stoa.app.embedded import open_platform
from stoa.cli.options import home_option, json_option
from stoa.cli.progress import progress
from stoa.kit.contract import Struct
from stoa.services.identity.contract import IdentityPort
from stoa.services.organizations.contract import OrganizationsPort
from stoa.services.organizations.service.organizations import Organizations


class Administrator(Struct, frozen=True, kw_only=True):
    """Who administers which organization; a password only where the account was made now."""

    email: str
    password: str | None
    organization: str


@click.command()
@click.argument("email")
@click.option("--name", default="Administrator", show_default=True, help="The name of an account that is made now.")
@home_option
@json_option
def admin(email: str, name: str, as_json: bool) -> None:
    """Let EMAIL administer the platform and own its organization (STOA_ORGANIZATION); both are made where missing.

    An account that is there keeps its password. A new one gets a password that is shown once, here.
    """
    with progress() as show:
        made = asyncio.run(_appoint(email, name, show))
    if as_json:
        click.echo(msgspec.json.encode(made))
        return
    click.echo(f"{made.email} administers the platform and owns the organization {made.organization}.")
    click.echo(
        f"Password: {made.password}" if made.password else "The account was there already and keeps its password."
    )


async def _appoint(email: str, name: str, show: Callable[[str], None]) -> Administrator:
    async with open_platform(tell=show) as platform:
        identity, slug = platform.port(IdentityPort), platform.settings.organization
        known = await identity.account_by_email(email=email)
        password = None if known else new_password()
        found = await platform.port(OrganizationsPort).ensure_organization(slug=slug, name=slug)
        user = await ensure_person(
            platform, found.organization, email=email, name=name, password=password, roles=ADMIN_ROLES
        )
        service = platform.services["organizations"]
        assert isinstance(service, Organizations)
        await service.make_operator(user=user)
        return Administrator(email=email, password=password, organization=slug)
