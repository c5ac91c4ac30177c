"""Platforms for the tests that cross services: one of each mode for a whole run, started when first asked for."""

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.harness", "tests.chaos.crowd")

from tests.harness.collector import Collector, collecting  # noqa: E402 (rewritten first)
from tests.harness.platform import Platform  # noqa: E402
from tests.harness.study import taught  # noqa: E402


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Lend the platform in one process."""
    with Platform.started("embedded", tmp_path_factory.mktemp("embedded") / "home") as platform:
        yield platform


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Lend a collector of traces, which the split platform tells."""
    with collecting() as found:
        yield found


@pytest.fixture(scope="session")
def split(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Platform]:
    """Lend the platform of one process a service."""
    telling = {"STOA_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    with Platform.started("split", tmp_path_factory.mktemp("split") / "home", telling) as platform:
        yield platform


@pytest.fixture(scope="session", params=["embedded", "split"])
def platform(request: pytest.FixtureRequest) -> Platform:
    """Lend a platform of each mode in turn."""
    found: Platform = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def lighthouse(platform: Platform) -> str:
    """Return a published course that tests share and only read or study."""
    return taught(platform, title="Keeping a lighthouse", run="shared")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give what starts whole platforms the time that this takes on a machine that is busy with other things."""
    for item in items:
        if item.path.parent.name in ("journeys", "parity", "chaos"):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(600))
