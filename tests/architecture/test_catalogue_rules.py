"""The walk through the catalogue finds every kind of table that breaks a data rule."""

from dataclasses import replace

import pytest

from tests.architecture.catalogue import Table, violations

SOUND = Table(
    schema="courses",
    name="blocks",
    comment="distribution=organization",
    columns=("organization_id", "id", "title"),
    unique_keys=("blocks_pkey:organization_id,id",),
    foreign_keys=("blocks_parent:courses",),
    row_security=True,
    policies=1,
)
PERSONAL = Table(
    schema="progress",
    name="completions",
    comment="distribution=user",
    columns=("user_id", "organization_id", "block"),
    unique_keys=("completions_pkey:user_id,organization_id,block",),
    row_security=True,
    policies=1,
)
LOCAL = Table(
    schema="courses",
    name="outbox",
    comment="distribution=local",
    columns=("id", "user_id"),
    unique_keys=("outbox_pkey:id",),
)
REFERENCE = Table(
    schema="catalog", name="languages", comment="distribution=reference", columns=("code",), unique_keys=("pkey:code",)
)


@pytest.mark.parametrize("table", [SOUND, PERSONAL, LOCAL, REFERENCE], ids=lambda table: table.name)
def test_a_sound_table_passes(table: Table) -> None:
    assert violations([table]) == []


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (replace(SOUND, comment=""), "distribution"),
        (replace(SOUND, comment="distribution=tenant"), "distribution"),
        (replace(SOUND, unique_keys=("blocks_pkey:id",)), "begin with organization_id"),
        (replace(SOUND, unique_keys=(*SOUND.unique_keys, "by_title:title,organization_id")), "by_title"),
        (replace(SOUND, unique_keys=("by_expression:?,organization_id",)), "by_expression"),
        (replace(PERSONAL, unique_keys=("pkey:organization_id,user_id",)), "begin with user_id"),
        (replace(SOUND, columns=("id", "title")), "no column organization_id"),
        (replace(PERSONAL, columns=("user_id", "block")), "organization_id"),
        (replace(SOUND, has_primary_key=False), "no primary key"),
        (replace(SOUND, foreign_keys=("blocks_owner:identity",)), "points into identity"),
        (replace(SOUND, row_security=False), "row-level security"),
        (replace(SOUND, policies=0), "row-level security"),
        (replace(SOUND, owner="stoa_courses"), "does not bind"),
        (replace(REFERENCE, columns=("code", "user_id")), "names a person"),
    ],
)
def test_a_table_that_breaks_a_rule_is_named(table: Table, word: str) -> None:
    found = violations([SOUND, table])

    assert len(found) >= 1
    assert any(word in breach and f"{table.schema}.{table.name}" in breach for breach in found)
