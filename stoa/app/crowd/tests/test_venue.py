import os
import resource

import pytest

from stoa.app.crowd.venue import TooFewFiles, make_room_for
from stoa.app.home import Running, ServiceState


@pytest.fixture
def running() -> Running:
    own = ServiceState(name="live", pid=os.getpid(), state="running")
    return Running(url="http://127.0.0.1:8000", content_url="", home="/", mode="embedded", services=[own], accounts=[])


def test_the_soft_limit_is_raised_as_far_as_the_people_need(running: Running) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))

    try:
        make_room_for(1_000, running)
        raised = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert raised >= 1_000


def test_too_low_a_limit_is_said_with_what_to_do(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_024, 4_096))

    with pytest.raises(TooFewFiles) as raised:
        make_room_for(8_000, running)

    assert "8,000 people are 8,000 sockets" in raised.value.detail
    assert "4,096" in raised.value.detail
    assert "ulimit -Hn 10000" in raised.value.hint
