"""The text of a service's first files."""

from dataclasses import dataclass

_CONTRACT = '''"""The words that {name} shares with other services."""

from datetime import datetime

from stoa.kit.contract import OrganizationId, Struct
from stoa.kit.ports import Port, call


class {title}Standing(Struct, frozen=True, kw_only=True):
    """How {name} stands in one organization at one moment."""

    organization_id: OrganizationId
    at: datetime
{count_field}

class {title}Port(Port):
    """What other services may ask {name}."""

    service_ = "{name}"

    @call(idempotent=True)
    async def standing_of(self, *, organization: OrganizationId) -> {title}Standing:
        """Return how {name} stands in an organization."""
        raise NotImplementedError
'''

_SERVICE = '''"""The use cases of {name}."""

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId
from stoa.services.{name}.contract import {title}Port, {title}Standing


class {title}({title}Port):
    """{summary}"""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    async def standing_of(self, *, organization: OrganizationId) -> {title}Standing:
        """Return how {name} stands in an organization."""
        return {title}Standing(organization_id=organization, at=self._clock.now())
'''

_SERVICE_STORED = '''"""The use cases of {name}."""

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.store import Store
from stoa.services.{name}.contract import {title}Port, {title}Standing
from stoa.services.{name}.store import {title}Tx


class {title}({title}Port):
    """{summary}"""

    def __init__(self, *, store: Store[{title}Tx], clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def standing_of(self, *, organization: OrganizationId) -> {title}Standing:
        """Return how {name} stands in an organization."""
        async with self._store.reading(organization=organization) as tx:
            notes = await tx.notes_counted()
        return {title}Standing(organization_id=organization, at=self._clock.now(), notes=notes)

    async def note(self, *, organization: OrganizationId, text: str) -> None:
        """Keep a note."""
        async with self._store.transaction(organization=organization) as tx:
            await tx.add_note(new_id(), text)
'''

_STORE = '''"""The queries of {name}."""

from uuid import UUID

from stoa.kit.store import UnitOfWork


class {title}Tx(UnitOfWork):
    """One unit of work on the tables of {name}."""

    async def add_note(self, note: UUID, text: str) -> None:
        """Insert a note."""
        sql = "insert into {name}.notes (organization_id, note_id, text, at) values ($1, $2, $3, $4)"
        await self.execute(sql, self.organization, note, text, self.clock.now())

    async def notes_counted(self) -> int:
        """Count the organization's notes."""
        counted: int = await self.fetchval("select count(*) from {name}.notes")
        return counted
'''

_MIGRATION = """-- What {name} keeps for an organization.
create table {name}.notes (
  organization_id uuid not null,
  note_id uuid not null,
  text text not null,
  at timestamptz not null,
  primary key (organization_id, note_id)
);
select kit.organization_table('{name}.notes');
"""

_ROUTES = '''"""What {name} answers over HTTP."""

from stoa.kit.auth.caller import Caller
from stoa.kit.http.router import MEMBER, Router
from stoa.services.{name}.contract import {title}Standing
from stoa.services.{name}.service import {title}

router = Router("{name}")


@router.get("/{name}/standing", permission=MEMBER)
async def {name}_standing(caller: Caller, {name}: {title}) -> {title}Standing:
    """Tell how {name} stands in the caller's organization."""
    return await {name}.standing_of(organization=caller.require_organization())
'''

_MANIFEST = '''"""The wiring of {name}."""

{imports}


def build(context: Context) -> {title}:
    """Build the service from what it is given."""
    return {title}({arguments})


manifest = Manifest(
    name="{name}",
    summary="{summary}",
    port={title}Port,
    build=build,
{routers})
'''

_TEST = '''"""The use cases of {name}, with a clock that stands still."""

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, new_id
from stoa.services.{name}.service import {title}


async def test_the_standing_is_of_the_moment_it_is_asked_for() -> None:
    clock, organization = ManualClock(), OrganizationId(new_id())

    standing = await {title}(clock=clock).standing_of(organization=organization)

    assert (standing.organization_id, standing.at) == (organization, clock.now())
'''

_TEST_STORED = '''"""The use cases of {name}, on a real database."""

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.testing.fixtures import StoreFor
from stoa.services.{name}.service import {title}
from stoa.services.{name}.store import {title}Tx


async def test_a_note_is_seen_by_its_own_organization_only(store_for: StoreFor[{title}Tx], clock: ManualClock) -> None:
    {name} = {title}(store=await store_for("{name}", {title}Tx), clock=clock)
    ours, theirs = OrganizationId(new_id()), OrganizationId(new_id())

    await {name}.note(organization=ours, text="first")

    assert (await {name}.standing_of(organization=ours)).notes == 1
    assert (await {name}.standing_of(organization=theirs)).notes == 0
'''


@dataclass(frozen=True)
class Words:
    """The service's name and its sentence, as the texts need them."""

    name: str
    summary: str

    @property
    def title(self) -> str:
        """Return the name of its class."""
        return self.name.capitalize()

    def into(self, text: str, **more: str) -> str:
        """Put the words into a text."""
        return text.format(name=self.name, title=self.title, summary=self.summary, **more)


def files_of(words: Words, *, with_store: bool, with_routes: bool) -> dict[str, str]:
    """Return the files of a new service by their path in its folder."""
    count_field = "    notes: int\n" if with_store else ""
    files = {
        "__init__.py": f'"""{words.summary}"""\n',
        "contract.py": words.into(_CONTRACT, count_field=count_field),
        "service.py": words.into(_SERVICE_STORED if with_store else _SERVICE),
        "manifest.py": _manifest(words, with_store=with_store, with_routes=with_routes),
        "tests/__init__.py": f'"""Tests of {words.name}."""\n',
        "tests/test_service.py": words.into(_TEST_STORED if with_store else _TEST),
    }
    if with_store:
        files |= {"store.py": words.into(_STORE), "migrations/0001_first.sql": words.into(_MIGRATION)}
    if with_routes:
        files["routes.py"] = words.into(_ROUTES)
    return files


def _manifest(words: Words, *, with_store: bool, with_routes: bool) -> str:
    imports = [
        "from stoa.kit.manifest import Context, Manifest",
        "from stoa.services.{name}.contract import {title}Port",
    ]
    if with_routes:
        imports.append("from stoa.services.{name}.routes import router")
    imports.append("from stoa.services.{name}.service import {title}")
    arguments = "clock=context.clock"
    if with_store:
        imports.insert(1, "from stoa.kit.store import Store")
        imports.append("from stoa.services.{name}.store import {title}Tx")
        arguments = "store=Store(context.database, {title}Tx), clock=context.clock"
    return words.into(
        _MANIFEST,
        imports=words.into("\n".join(imports)),
        arguments=words.into(arguments),
        routers="    routers=(router,),\n" if with_routes else "",
    )
