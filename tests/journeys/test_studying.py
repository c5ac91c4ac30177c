"""A course is brought in, published and studied, and the numbers are those worked out by hand."""

import pytest

from tests.harness.client import Refused, wait_for
from tests.harness.lighthouse import PICTURE, POSSIBLE, QUESTIONS, REQUIRED, package
from tests.harness.platform import Platform
from tests.harness.study import Learner, newcomer, taught, titled


def test_an_import_reports_every_part_of_the_course_and_the_same_import_again_changes_nothing(platform: Platform):
    author = platform.api().log_in(*platform.account("author"))

    first = author.import_course(package("Reported", run="reported"), filename="one.tar.gz")
    draft = author.get(f"/courses/{first['course']}/outline")
    again = author.import_course(package("Reported", run="reported"), filename="two.tar.gz")

    assert first["blocks"] == {"found": 32, "imported": 31, "converted_with_loss": 0, "skipped": 1}
    kinds = [item["kind"] for item in first["items"]["items"]]
    assert len(kinds) == 32
    assert kinds.count("problem") == 11
    skipped = [item for item in first["items"]["items"] if item["outcome"] != "imported"]
    assert [item["reason"].rpartition(": ")[0] for item in skipped] == ["unsupported: python (<customresponse>)"]
    assert again["course"] == first["course"]
    assert author.get(f"/courses/{first['course']}/outline") == draft


def test_a_learner_who_does_everything_rightly_reaches_a_hundred_percent_and_full_marks(
    platform: Platform, lighthouse: str
):
    learner = newcomer(platform, lighthouse)

    blocks = learner.read_all()
    after_reading = learner.api.progress(lighthouse)
    earned = {}
    for block in blocks:
        if block.question:
            earned[block.title] = float(learner.answer_rightly(block)["result"]["scored"]["points"])
    after_answering = learner.api.progress(lighthouse)
    last = learner.watch(titled(blocks, "The crossing"), [[0, 40], [35, 95]])
    progress = learner.api.progress(lighthouse)

    assert [after_reading[key] for key in ("completed", "required", "percent")] == [2, REQUIRED, 12]
    assert earned == {question.title: question.possible for question in QUESTIONS}
    assert [after_answering[key] for key in ("completed", "percent", "completed_at")] == [15, 93, None]
    assert last["done"]["is_course_completed"]
    assert [progress[key] for key in ("completed", "required", "percent")] == [16, REQUIRED, 100]
    assert (float(progress["points"]), float(progress["possible"])) == (POSSIBLE, POSSIBLE)
    assert progress["completed_at"] is not None
    assert [section["percent"] for section in progress["by_section"]] == [100, 100]
    assert [float(section["possible"]) for section in progress["by_section"]] == [4, 13]


def test_wrong_answers_count_as_submitted_and_earn_only_what_is_right_in_them(platform: Platform, lighthouse: str):
    learner = newcomer(platform, lighthouse)

    for block in learner.read_all():
        if block.question:
            learner.answer_wrongly(block)
    progress = learner.api.progress(lighthouse)

    assert [progress[key] for key in ("completed", "percent")] == [15, 93]
    assert float(progress["points"]) == sum(question.wrong_points for question in QUESTIONS) == 1
    assert float(progress["possible"]) == POSSIBLE


def test_an_answer_sent_twice_under_one_attempt_key_is_one_attempt_and_another_answer_under_it_is_refused(
    platform: Platform, lighthouse: str
):
    learner = newcomer(platform, lighthouse)
    fuel = titled(learner.read(learner.units()[1]), "Fuel")

    first = learner.answer_wrongly(fuel, key="same-key-1")
    repeated = learner.answer_wrongly(fuel, key="same-key-1")
    with pytest.raises(Refused) as refused:
        learner.answer_rightly(fuel, key="same-key-1")
    second = learner.answer_rightly(fuel, key="same-key-2")
    with pytest.raises(Refused) as used_up:
        learner.answer_wrongly(fuel, key="same-key-3")

    assert first["result"] == repeated["result"]
    assert (first["result"]["attempt"], first["result"]["attempts_left"]) == (1, 1)
    assert refused.value.problem["code"] == "assessment.attempt_key_reused"
    assert (second["result"]["attempt"], second["result"]["attempts_left"]) == (2, 0)
    assert (used_up.value.status, used_up.value.problem["code"]) == (409, "assessment.no_attempts_left")


def test_the_best_attempt_counts(platform: Platform, lighthouse: str):
    learner = newcomer(platform, lighthouse)
    colour = titled(learner.read(learner.units()[1]), "Colour")

    learner.answer_rightly(colour)
    worse = learner.answer_wrongly(colour)

    assert (float(worse["result"]["scored"]["points"]), float(worse["result"]["best_points"])) == (0, 1)
    assert float(learner.api.progress(lighthouse)["points"]) == 1


def test_hints_come_in_their_order_and_the_solution_only_when_it_is_released(platform: Platform, lighthouse: str):
    learner = newcomer(platform, lighthouse)
    fuel = titled(learner.read(learner.units()[1]), "Fuel")
    place = f"/learn/{lighthouse}/blocks/{fuel.id}"

    hints = [learner.api.post(f"{place}/hint", {"number": number})["html"] for number in (1, 1, 2)]
    learner.api.post(f"{place}/hint", {"number": 3}, expect=409)
    learner.api.get(f"{place}/solution", expect=403)
    learner.answer_wrongly(fuel)
    learner.api.get(f"{place}/solution", expect=403)
    learner.answer_rightly(fuel)
    solution = learner.api.get(f"{place}/solution")

    assert ["animal" in hints[0], hints[0] == hints[1], "large" in hints[2]] == [True, True, True]
    assert "Whales paid for it." in solution["html"]
    assert [key["answers"] for key in solution["keys"]] == [["Whale oil"]]


def test_no_key_reaches_the_browser_of_a_learner_before_release(platform: Platform, lighthouse: str):
    learner = newcomer(platform, lighthouse)

    pages = [learner.api.send("GET", f"/learn/{lighthouse}/units/{unit}").text for unit in learner.units()]

    for secret in ("Alexandria", "Fresnel", "Whales paid", "It smelt", "tolerance", '"credit"', "h+h", "came from an"):
        assert not any(secret in page for page in pages), secret


def test_study_goes_on_where_it_stopped_and_the_last_place_in_time_wins(platform: Platform, lighthouse: str):
    learner = newcomer(platform, lighthouse)
    first, second, third, *_ = learner.units()

    learner.read(first)
    learner.read(second)
    learner.api.ask(
        "PUT", f"/learn/{lighthouse}/resume", body={"unit_id": third, "at": "2001-01-01T00:00:00Z"}, expect=204
    )
    after_old_news = learner.api.outline(lighthouse)["resume_unit"]
    learner.api.ask("PUT", f"/learn/{lighthouse}/resume", body={"unit_id": third}, expect=204)

    assert after_old_news == second
    assert learner.api.outline(lighthouse)["resume_unit"] == third
    (shelf,) = [item for item in learner.api.get("/learn/home")["items"] if item["course_id"] == lighthouse]
    assert (shelf["resume_unit"], shelf["resume_title"]) == (third, "Counting")


def test_watched_parts_add_up_in_any_order_and_from_any_device(platform: Platform, lighthouse: str):
    learner = newcomer(platform, lighthouse)
    crossing = titled(learner.read(learner.units()[0]), "The crossing")

    learner.watch(crossing, [[60, 91]])
    learner.watch(crossing, [[0, 30]])
    short = learner.watch(crossing, [[0, 30], [10, 40]])
    enough = learner.watch(crossing, [[40, 60]])

    assert (short["watched"]["intervals"], short["done"]["completed"]) == ([[0, 40], [60, 91]], [])
    assert (enough["watched"]["intervals"], enough["done"]["completed"]) == ([[0, 91]], [crossing.id])


def test_those_who_teach_see_how_far_a_learner_is(platform: Platform, lighthouse: str):
    learner = newcomer(platform, lighthouse)
    blocks = learner.read_all()
    for title in ("Fuel", "Steps"):
        learner.answer_rightly(titled(blocks, title))
    teacher = platform.api().log_in(*platform.account("instructor"))

    seen = teacher.get(f"/teach/{lighthouse}/progress/{learner.api.user}")
    rows: list[dict[str, object]] = []
    cursor = ""
    while True:
        page = teacher.get(f"/teach/{lighthouse}/progress?limit=2{cursor}")
        rows += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert [seen[key] for key in ("completed", "required", "percent")] == [4, REQUIRED, 25]
    assert seen == learner.api.progress(lighthouse)
    (row,) = [row for row in rows if row["user_id"] == learner.api.user]
    assert (row["display_name"], row["percent"], row["points"], row["possible"]) == ("Nora Newcomer", 25, "5", "5")
    assert len({row["user_id"] for row in rows}) == len(rows)
    learner.api.get(f"/teach/{lighthouse}/progress", expect=403)


def test_a_picture_of_the_course_arrives_byte_for_byte(platform: Platform, lighthouse: str):
    learner = newcomer(platform, lighthouse)
    letter = titled(learner.read(learner.units()[0]), "A letter")

    address = letter.seen["content"]["html"].split('src="')[1].split('"')[0].replace("&amp;", "&")

    assert learner.api.send("GET", f"{platform.url}{address}").content == PICTURE


def test_a_part_that_was_never_enrolled_in_stays_closed(platform: Platform, lighthouse: str):
    stranger = platform.api()
    stranger.sign_up()

    with pytest.raises(Refused) as refused:
        stranger.outline(lighthouse)

    assert (refused.value.status, refused.value.problem["code"]) == (403, "progress.seat_needed")
    platform.api().get(f"/learn/{lighthouse}/outline", expect=401)


def test_a_second_publication_changes_what_is_read_and_keeps_what_was_done(platform: Platform):
    course = taught(platform, title="Growing", run="growing")
    learner = newcomer(platform, course)
    for block in learner.read_all():
        if block.question:
            learner.answer_rightly(block)
    author = platform.api().log_in(*platform.account("author"))
    unit = learner.units()[0]

    node = author.post(
        f"/courses/{course}/nodes",
        {
            "parent": unit,
            "kind": "block",
            "block_kind": "html",
            "title": "P.S.",
            "content": {"kind": "html", "html": "<p>More.</p>"},
        },
        expect=201,
    )
    unpublished = learner.api.progress(course)
    author.publish(course, "a postscript")
    wait_for(lambda: learner.api.progress(course)["required"] == REQUIRED + 1, why="the new snapshot is read")
    published = learner.api.progress(course)

    assert [unpublished[key] for key in ("completed", "required")] == [15, REQUIRED]
    assert [published[key] for key in ("completed", "required", "percent")] == [15, 17, 88]
    assert node["id"] in [block.id for block in learner.read(unit)]
    assert learner.api.progress(course)["completed"] == 16


def test_leaving_and_coming_back_keeps_the_work(platform: Platform, lighthouse: str):
    learner = newcomer(platform, lighthouse)
    learner.read(learner.units()[0])
    before = learner.api.progress(lighthouse)

    learner.api.post(f"/enrollment/courses/{lighthouse}/withdraw")
    learner.api.get(f"/learn/{lighthouse}/outline", expect=403)
    returned = Learner(learner.api, lighthouse)
    learner.api.post(f"/enrollment/courses/{lighthouse}/enrol", headers={"idempotency-key": "coming-back"})

    assert returned.api.progress(lighthouse) == before
