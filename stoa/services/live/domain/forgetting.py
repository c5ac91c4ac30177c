"""What is left of somebody in what a room was told: their words stay with their number, their name goes."""

from typing import Any

import msgspec

from stoa.services.live.contract import ParticipantId


def nameless(body: bytes, participant: ParticipantId) -> bytes:
    """Return a publication's body without the name of a participant, wherever in it they stand."""
    return msgspec.json.encode(_nameless(msgspec.json.decode(body), str(participant)))


def _nameless(told: Any, participant: str) -> Any:  # any: publications are JSON of any shape
    if isinstance(told, list):
        return [_nameless(one, participant) for one in told]
    if not isinstance(told, dict):
        return told
    found = {key: _nameless(value, participant) for key, value in told.items()}
    if found.get("participant") == participant and "name" in found:
        found["name"] = ""
    return found
