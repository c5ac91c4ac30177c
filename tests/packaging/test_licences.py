"""Which licences may be among what Stoa is passed on with."""

import json
from email.message import Message
from pathlib import Path

import pytest

from scripts.licences import licences_of, npm_packages, problems, verdict


@pytest.mark.parametrize(
    ("name", "licence", "is_fine"),
    [
        ("a", "MIT", True),
        ("a", "MPL-2.0", True),
        ("a", "BSL-1.0", True),
        ("a", "(MIT OR GPL-3.0-or-later)", True),
        ("a", "Apache Software License OR MIT License", True),
        ("a", "GPL-3.0-only", False),
        ("a", "GNU General Public License v2 (GPLv2)", False),
        ("a", "GNU Affero General Public License v3", False),
        ("a", "AGPL-3.0", False),
        ("a", "MIT AND GPL-2.0", False),
        ("a", "SSPL-1.0", False),
        ("a", "BUSL-1.1", False),
        ("a", "Business Source License 1.1", False),
        ("a", "LGPL-3.0-only", False),
        ("a", "GNU Lesser General Public License v3 (LGPLv3)", False),
        ("psycopg", "LGPL-3.0-only", True),
        ("psycopg", "GPL-3.0-only", False),
        ("a", "", False),
    ],
)
def test_what_may_be_passed_on(name: str, licence: str, is_fine: bool) -> None:
    assert (verdict(name, [licence]) is None) is is_fine


def test_an_expression_counts_more_than_classifiers_and_they_more_than_a_text() -> None:
    metadata = Message()
    metadata["License"] = "some text\nof many lines"
    assert licences_of(metadata) == ["some text\nof many lines"]  # type: ignore[arg-type]  # the same methods

    metadata["Classifier"] = "License :: OSI Approved :: MIT License"
    assert licences_of(metadata) == ["MIT License"]  # type: ignore[arg-type]  # as above

    metadata["License-Expression"] = "ISC"
    assert licences_of(metadata) == ["ISC"]  # type: ignore[arg-type]  # as above


def test_a_package_of_the_web_is_judged_by_its_lock(tmp_path: Path) -> None:
    packages = {
        "": {},
        "node_modules/good": {"license": "ISC"},
        "node_modules/good/node_modules/@x/bad": {"license": "AGPL-3.0"},
    }
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "package-lock.json").write_text(json.dumps({"packages": packages}))

    assert list(npm_packages(tmp_path)) == [("good", ["ISC"]), ("@x/bad", ["AGPL-3.0"])]
    assert verdict("@x/bad", ["AGPL-3.0"]) == "@x/bad is under AGPL-3.0"


def test_all_that_stoa_is_built_on_may_be_passed_on_with_it() -> None:
    assert problems() == []
