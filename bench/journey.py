"""The whole journey as browsers make it: a teacher brings a course in, people sign up, study it and are seen."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import httpx
import msgspec

from bench.standing import Platform
from stoa.kit.engines.postgres.server import EmbeddedPostgres
from tests.harness.client import Api, wait_for
from tests.harness.lighthouse import package
from tests.harness.study import Learner, titled

AT_ONCE = 8


class Browser(Api):
    """A browser that counts its requests and reads its letters in the home's folder, at no cost to the platform."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform.url, address="127.0.0.1")
        self.requests = 0
        self._mail = platform.home / "mail"
        self.client.event_hooks["request"] = [self._count]

    def _count(self, _: httpx.Request) -> None:
        self.requests += 1

    def letters_to(self, email: str) -> list[dict[str, Any]]:
        """Return the letters to an address, the latest first."""
        found = []
        for path in sorted(self._mail.glob("*.json"), reverse=True):
            letter = msgspec.json.decode(path.read_bytes())["letter"]
            if letter["to"] == email:
                links = [word for word in letter["text"].split() if word.startswith("http")]
                found.append({**letter, "links": links})
        return found


def whole_journey(platform: Platform, *, title: str, people: int) -> int:
    """Make the journey with so many learners, some at a time, and return the number of requests.

    It ends when the teacher sees that everybody has completed the course and no event is left to be told.
    """
    author, teacher = Browser(platform), Browser(platform)
    author.log_in(*platform.account("author"))
    course = author.import_course(package(title, run=title.lower().replace(" ", "-")), filename="lighthouse.tar.gz")[
        "course"
    ]
    author.publish(course, "first")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        learners = list(pool.map(lambda _: _study(platform, course), range(people)))
    teacher.log_in(*platform.account("instructor"))

    def all_are_through() -> bool:
        seen = teacher.get(f"/teach/{course}/progress?limit=200")["items"]
        return len(seen) == people and all(one["percent"] == 100 for one in seen)

    wait_for(all_are_through, why="the teacher sees that everybody is through")
    asyncio.run(_all_told(platform))
    browsers = [author, teacher, *learners]
    for one in browsers:
        one.close()
    return sum(one.requests for one in browsers)


async def _all_told(platform: Platform) -> None:
    """Wait until every outbox is empty, and a moment for those who have just been told."""
    endpoint = EmbeddedPostgres(platform.home).attach()
    assert endpoint is not None
    connection = await asyncpg.connect(host=endpoint.socket_dir, database="stoa", user="stoa")
    tables = await connection.fetch("select table_schema from information_schema.tables where table_name = 'outbox'")
    waiting = " or ".join(f'exists (select from "{row[0]}".outbox where published_at is null)' for row in tables)
    while await connection.fetchval(f"select {waiting}"):
        await asyncio.sleep(0.02)
    await connection.close()
    await asyncio.sleep(0.2)


def _study(platform: Platform, course: str) -> Browser:
    browser = Browser(platform)
    browser.sign_up()
    learner = Learner(browser, course).enrol()
    blocks = learner.read_all()
    for block in blocks:
        if block.question:
            if block.question.possible:
                learner.answer_wrongly(block)
            learner.answer_rightly(block)
    learner.watch(titled(blocks, "The crossing"), [[0, 100]])
    assert browser.progress(course)["percent"] == 100
    browser.get("/learn/home")
    return browser
