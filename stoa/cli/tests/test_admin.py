"""`stoa admin`: a home without the demo gets somebody who may do everything there."""

import asyncio
import json
from pathlib import Path

import pytest

from stoa.app.embedded import open_platform
from stoa.cli.main import run
from stoa.services.identity.contract import IdentityPort
from stoa.services.organizations.contract import OrganizationsPort


async def roles_of(email: str, slug: str) -> set[tuple[str, str]]:
    async with open_platform() as platform:
        account = await platform.port(IdentityPort).account_by_email(email=email)
        found = await platform.port(OrganizationsPort).organization_by_slug(slug=slug)
        assert account is not None
        assert found is not None
        grants = await platform.port(OrganizationsPort).grants_of(organization=found.organization, user=account.user)
        return {(grant.role, grant.scope) for grant in grants.grants}


def test_the_first_administrator_owns_the_organization_and_a_second_call_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("STOA_ORGANIZATION", "north")

    first = run(["admin", "ada@example.org", "--json"]), json.loads(capsys.readouterr().out)
    again = run(["admin", "ada@example.org"]), capsys.readouterr().out
    wrong = run(["admin", "ada"])

    assert (first[0], first[1]["organization"], len(first[1]["password"]) > 20) == (0, "north", True)
    assert (again[0], "keeps its password" in again[1], wrong) == (0, True, 2)
    held = asyncio.run(roles_of("ada@example.org", "north"))
    assert {"owner", "admin"} <= {role for role, _ in held}
    assert any(scope == "system" for _, scope in held)
