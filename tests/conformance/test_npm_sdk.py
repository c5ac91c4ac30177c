"""The npm SDK, unmodified, over WebSocket, http_stream and SSE: what sdk.mjs did, scenario by scenario."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.node import find_node

HERE = Path(__file__).resolve().parent
SDK = HERE.parents[1] / "web" / "node_modules" / "centrifuge" / "build" / "index.js"
SCRIPT = HERE / "sdk.mjs"
SCENARIOS = re.findall(r"^  async (\w+)\(\) \{$", SCRIPT.read_text(), re.MULTILINE)
TRANSPORTS = ("websocket", "http_stream", "sse")

pytestmark = pytest.mark.skipif(not SDK.exists(), reason="the web's packages are not installed (make setup)")


@pytest.fixture(scope="session")
def outcomes(origin: str) -> dict[tuple[str, str], str]:
    """Run every scenario over every transport, the transports side by side, and return what went wrong."""
    chosen = find_node()
    path = chosen.path if chosen is not None else os.environ["PATH"]
    node = shutil.which("node", path=path)
    assert node is not None
    flags = ["--no-warnings", "--experimental-websocket", "--experimental-eventsource"]
    running = {
        transport: subprocess.Popen(
            [node, *flags, str(SCRIPT), str(SDK), origin, transport],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for transport in TRANSPORTS
    }
    found: dict[tuple[str, str], str] = {}
    for transport, process in running.items():
        said, _ = process.communicate(timeout=110)
        for line in said.splitlines():
            assert line.startswith("{"), said
            outcome = json.loads(line)
            found[transport, outcome["title"]] = outcome["error"]
    return found


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_sdk_is_content(outcomes: dict[tuple[str, str], str], transport: str, scenario: str) -> None:
    assert outcomes.get((transport, scenario), "it never came to this") == ""


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) >= 25
