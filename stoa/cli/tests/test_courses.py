"""Courses from the command line, on a home of their own that nothing else runs on."""

import json
from pathlib import Path

import pytest

from stoa.cli.main import run

COURSE = """<course org="o" course="c" url_name="r" display_name="Knots">
<chapter url_name="a"><sequential url_name="b"><vertical url_name="v">
<html url_name="h" display_name="Page"><p>Rope</p></html>
<problem url_name="p" display_name="Sum"><numericalresponse answer="2"><label>1 + 1</label><formulaequationinput/>
</numericalresponse></problem>
<lti url_name="t" launch_url="https://x.example"/>
</vertical></sequential></chapter></course>"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STOA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "knots"
    folder.mkdir()
    (folder / "course.xml").write_text(COURSE)
    return folder


def answer_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    code = run([*arguments, "--json"])
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    assert code == 0
    return answer


def test_a_course_comes_in_is_tested_goes_out_and_comes_in_again(
    home: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = answer_of(capsys, "import", "olx", str(source), "--org", "demo")
    tested = answer_of(capsys, "courses", "selftest", str(report["slug"]))
    answer_of(capsys, "export", "course", str(report["course"]), "-o", "one.zip")
    again = answer_of(capsys, "import", "course", "one.zip", "--org", "demo")
    answer_of(capsys, "export", "course", str(report["slug"]), "-o", "two.zip")

    assert report["blocks"] == {"found": 7, "imported": 6, "converted_with_loss": 0, "skipped": 1}
    assert (tested["problems"], tested["clean"], tested["failed"]) == (1, 1, [])
    assert tested["unsupported"] == [
        {"path": "lti/t", "kind": "lti", "reason": "LTI tools come with the integrations service"}
    ]
    assert again["course"] == report["course"]
    assert (home / "one.zip").read_bytes() == (home / "two.zip").read_bytes()


def test_two_courses_an_unknown_organization_and_an_unknown_course_are_mistakes_of_the_caller(
    home: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = source.parent / "both" / "other"
    other.mkdir(parents=True)
    (other / "course.xml").write_text(COURSE)
    (other.parent / "first").mkdir()
    (other.parent / "first" / "course.xml").write_text(COURSE)

    codes = [
        run(["import", "olx", str(other.parent), "--org", "demo"]),
        run(["import", "olx", str(source), "--org", "nobody"]),
        run(["courses", "selftest", "nothing"]),
        run(["import", "olx", str(home / "nowhere"), "--org", "demo"]),
    ]

    told = capsys.readouterr().err
    assert codes == [2, 2, 2, 2]
    assert "first/course.xml, other/course.xml" in told
    assert "give the folder of one of them, such as first" in " ".join(told.split())
    assert "There is no organization nobody; there is demo." in told
    assert "There is no course nothing; there are none yet." in told


def test_an_export_goes_into_a_folder_that_is_there_and_into_a_plain_file(
    home: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = answer_of(capsys, "import", "olx", str(source), "--org", "demo")
    take = ["export", "course", str(report["slug"]), "-o"]

    assert run(["export", "course", "knots", "--home", str(home / "slip")]) == 3
    assert not (home / "slip").exists()
    assert run([*take, "nowhere/one.zip", "--home", str(home / "home")]) == 2
    assert run([*take, "/dev/null", "--home", str(home / "home")]) == 2

    told = capsys.readouterr().err
    assert "There is no folder" in told
    assert "no plain file" in told


def test_in_words_the_selftest_names_what_is_unsupported(
    home: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = answer_of(capsys, "import", "olx", str(source), "--org", "demo")

    code = run(["courses", "selftest", str(report["slug"])])

    told = capsys.readouterr().out.splitlines()
    assert code == 0
    assert told == [
        "1 problems, 1 clean, 1 unsupported.",
        "  unsupported: lti/t (lti): LTI tools come with the integrations service",
    ]
