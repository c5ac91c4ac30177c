"""Who may do what: roles that reach every process, tenants that do not see each other, writes that count once."""

import time

import pytest
from httpx import Response

from tests.harness.client import Api, Refused, wait_for
from tests.harness.lighthouse import package
from tests.harness.platform import Platform
from tests.harness.study import Learner, newcomer, taught

WITHIN_S = 5.0
NOWHERE = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def tenant(platform: Platform) -> Api:
    """Return the owner of a second organization that the operator founded, who acts in it and operates nothing."""
    operator, owner = platform.api().log_in(*platform.account("admin")), platform.api()
    account = owner.sign_up("Olga Owner")
    founded = operator.post("/organizations", {"slug": f"second-{time.time_ns()}", "name": "Second"}, expect=201)
    second = founded["organization_id"]
    operator.keep(operator.post("/identity/switch", {"organization_id": second}))
    members = f"/organizations/{second}/members"
    wait_for(lambda: operator.send("GET", members).status_code == 200, why="the founder owns it")
    operator.post(members, {"email": account.email, "display_name": account.name, "role": "owner"}, expect=201)
    owner.keep(owner.post("/identity/switch", {"organization_id": second}))
    wait_for(lambda: owner.send("GET", members).status_code == 200, why="the owner may act")
    return owner


def gated_paths(course: str, organization: str) -> list[str]:
    """Return, for each process that grants by role, what only staff may read."""
    return [
        f"/courses/{course}",
        f"/teach/{course}/progress",
        f"/enrollment/courses/{course}/seats",
        f"/organizations/{organization}/members",
    ]


def test_a_role_that_is_given_and_taken_reaches_every_process_in_five_seconds(platform: Platform, lighthouse: str):
    learner = newcomer(platform, lighthouse).api
    admin = platform.api().log_in(*platform.account("admin"))
    paths = gated_paths(lighthouse, learner.organization)
    roles = f"/organizations/{learner.organization}/members/{learner.user}/roles"
    assert [learner.send("GET", path).status_code for path in paths] == [403] * len(paths)

    given = admin.send("POST", roles, body={"role": "admin"})
    assert given.status_code in (200, 201, 204), given.text
    for path in paths:
        wait_for(lambda path=path: learner.send("GET", path).status_code == 200, why=path, deadline_s=WITHIN_S)

    grants = admin.get(f"/organizations/{learner.organization}/members?limit=200")["items"]
    mine = next(member for member in grants if member["user_id"] == learner.user)["roles"]
    grant = next(role["grant_id"] for role in mine if role["role"] == "admin")
    taken = admin.send("DELETE", f"{roles}/{grant}")
    assert taken.status_code in (200, 204), taken.text
    for path in paths:
        wait_for(lambda path=path: learner.send("GET", path).status_code == 403, why=path, deadline_s=WITHIN_S)


def test_a_role_in_one_course_says_nothing_about_another(platform: Platform, lighthouse: str):
    other = taught(platform, title="Other", run="other")
    assistant = newcomer(platform, lighthouse).api
    admin = platform.api().log_in(*platform.account("admin"))

    admin.send(
        "POST",
        f"/organizations/{assistant.organization}/members/{assistant.user}/roles",
        body={"role": "assistant", "scope": "course", "scope_id": lighthouse},
    )

    wait_for(
        lambda: assistant.send("GET", f"/teach/{lighthouse}/progress").status_code == 200,
        why="the assistant may read",
        deadline_s=WITHIN_S,
    )
    assert assistant.send("GET", f"/teach/{other}/progress").status_code == 403
    assert assistant.send("POST", f"/courses/{lighthouse}/publish", body={"note": ""}).status_code == 403


def test_what_another_organization_has_is_not_there(platform: Platform, lighthouse: str, tenant: Api):
    learner = newcomer(platform, lighthouse)
    unit = learner.units()[0]
    author = platform.api().log_in(*platform.account("author"))
    report = author.import_course(package("Elsewhere", run="elsewhere"), filename="elsewhere.tar.gz")

    reads = [
        f"/courses/{lighthouse}",
        f"/courses/{lighthouse}/outline",
        f"/courses/{lighthouse}/nodes/{unit}",
        f"/courses/{lighthouse}/snapshots",
        f"/courses/imports/{report['import_id']}",
        f"/learn/{lighthouse}/outline",
        f"/learn/{lighthouse}/units/{unit}",
        f"/learn/{lighthouse}/progress",
        f"/teach/{lighthouse}/progress",
        f"/teach/{lighthouse}/progress/{learner.api.user}",
        f"/organizations/{learner.api.organization}",
        f"/organizations/{learner.api.organization}/members",
        f"/people/{learner.api.user}",
    ]
    answers = {path: tenant.send("GET", path) for path in reads}

    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(reads, 404)
    # Enrollment keeps seats by course id and says of every unknown id the same.
    for what in ("seats", "rules"):
        there = tenant.send("GET", f"/enrollment/courses/{lighthouse}/{what}")
        nowhere = tenant.send("GET", f"/enrollment/courses/{NOWHERE}/{what}")
        assert (there.status_code, _without_its_id(there)) == (nowhere.status_code, _without_its_id(nowhere))
    assert lighthouse not in [line["id"] for line in tenant.get("/courses")["items"]]
    assert tenant.send("POST", f"/enrollment/courses/{lighthouse}/enrol", body={}).status_code == 404
    assert tenant.send("POST", f"/courses/{lighthouse}/publish", body={"note": ""}).status_code == 404


def test_the_same_course_in_two_organizations_is_two_courses(platform: Platform, tenant: Api):
    author = platform.api().log_in(*platform.account("author"))

    here = author.import_course(package("Twice", run="twice"), filename="twice.tar.gz")
    there = tenant.import_course(package("Twice", run="twice"), filename="twice.tar.gz")

    assert here["course"] != there["course"]
    assert [line["title"] for line in tenant.get("/courses")["items"]].count("Twice") == 1


def test_a_write_that_is_repeated_under_its_key_has_one_effect_and_one_answer(platform: Platform):
    author = platform.api().log_in(*platform.account("author"))
    body = {"title": f"Once {time.time_ns()}"}
    key = {"idempotency-key": f"once-{time.time_ns()}"}

    first = author.send("POST", "/courses", body=body, headers=key)
    second = author.send("POST", "/courses", body=body, headers=key)
    other = author.send("POST", "/courses", body={"title": "Other"}, headers=key)

    assert (first.status_code, second.status_code) == (201, 201), first.text
    assert first.json() == second.json()
    assert "idempotency-replayed" in second.headers
    assert (other.status_code, other.json()["code"]) == (422, "stoa.idempotency_key_reused")
    titles: list[str] = []
    cursor = ""
    while cursor is not None:
        page = author.get(f"/courses?limit=100{cursor}")
        titles += [line["title"] for line in page["items"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert titles.count(body["title"]) == 1


def test_an_edit_of_what_somebody_else_has_changed_is_refused(platform: Platform):
    learner = platform.api()
    learner.sign_up()
    seen = learner.send("GET", "/people/me")
    change = {"display_name": "Nora the Second"}

    blind = learner.send("PATCH", "/people/me", body=change)
    first = learner.send("PATCH", "/people/me", body=change, headers={"if-match": seen.headers["etag"]})
    stale = learner.send("PATCH", "/people/me", body=change, headers={"if-match": seen.headers["etag"]})
    unchanged = learner.send("GET", "/people/me", headers={"if-none-match": first.headers["etag"]})

    assert [one.status_code for one in (blind, first, stale)] == [428, 200, 412]
    assert unchanged.status_code in (200, 304)
    assert learner.get("/people/me")["display_name"] == "Nora the Second"


def test_two_authors_who_edit_one_title_do_not_overwrite_each_other(platform: Platform):
    course = taught(platform, title="Shared", run="shared-edit")
    ada = platform.api().log_in(*platform.account("author"))
    alex = platform.api().log_in(*platform.account("admin"))
    seen = ada.send("GET", f"/courses/{course}")
    version, fields = seen.headers["etag"], seen.json()["fields"]

    by_ada, by_alex = ({"fields": {**fields, "title": title}} for title in ("By Ada", "By Alex"))
    adas = ada.send("PATCH", f"/courses/{course}", body=by_ada, headers={"if-match": version})
    alexs = alex.send("PATCH", f"/courses/{course}", body=by_alex, headers={"if-match": version})

    assert (adas.status_code, alexs.status_code) == (200, 412), adas.text
    assert ada.get(f"/courses/{course}")["fields"]["title"] == "By Ada"


def test_guests_and_strangers_learn_nothing_from_the_errors(platform: Platform, lighthouse: str):
    guest = platform.api()

    with pytest.raises(Refused) as hidden:
        guest.get(f"/courses/{lighthouse}")
    with pytest.raises(Refused) as missing:
        guest.get(f"/courses/{NOWHERE}")

    assert (hidden.value.status, hidden.value.problem["code"]) == (missing.value.status, missing.value.problem["code"])


def test_a_seat_that_becomes_free_goes_to_whoever_waits(platform: Platform):
    course = taught(platform, title="Full", run="full")
    author = platform.api().log_in(*platform.account("author"))
    rules = author.send("GET", f"/enrollment/courses/{course}/rules")
    changed = {name: value for name, value in rules.json().items() if name in RULES} | {"capacity": 2, "waitlist": True}
    answer = author.send(
        "PUT", f"/enrollment/courses/{course}/rules", body=changed, headers={"if-match": rules.headers["etag"]}
    )
    assert answer.status_code == 200, answer.text

    people = [platform.api() for _ in range(3)]
    for person in people:
        person.sign_up()
    states = [person.post(f"/enrollment/courses/{course}/enrol")["state"] for person in people]
    Learner(people[0], course).api.post(f"/enrollment/courses/{course}/withdraw")

    assert states == ["active", "active", "waitlisted"]
    assert people[2].get("/enrollment/mine")["items"][0]["state"] == "active"


RULES = ("capacity", "opens_at", "closes_at", "self_enrolment", "prerequisites", "waitlist")


def _without_its_id(problem: Response) -> dict[str, object]:
    return {name: value for name, value in problem.json().items() if name != "request_id"}
