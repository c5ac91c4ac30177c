"""The schemas of events, the AsyncAPI document made of them, and what may change in a published one."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from stoa.kit.contract import Event
from stoa.kit.manifest import Manifest

Json = dict[str, Any]  # any: a JSON schema is JSON of any shape
_REF = "#/$defs/{name}"
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "format")


def schema_of(event: type[Event]) -> Json:
    """Return the JSON schema of an event's data."""
    (reference,), definitions = msgspec.json.schema_components([event], ref_template=_REF)
    own = definitions.pop(reference["$ref"].rpartition("/")[2])
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:" + event.type_.replace(".", ":")}
    return {**head, "x-ordered-by": event.key_, **own, **({"$defs": definitions} if definitions else {})}


def written(document: Json) -> bytes:
    """Write a document, the same bytes for the same content."""
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2) + b"\n"


def breaches(old: Json, new: Json) -> list[str]:
    """Return what in a new schema an old reader, or a replay of old events, would trip over."""
    found = [] if old.get("x-ordered-by") == new.get("x-ordered-by") else ["it is ordered by another field"]
    return found + list(_compared(old, new, roots=(old, new), path="", seen=frozenset()))


def _compared(old: Any, new: Any, *, roots: tuple[Json, Json], path: str, seen: frozenset[str]) -> Iterator[str]:
    # any: a part of a JSON schema is JSON of any shape
    name = old.get("$ref", "")
    if name and name in seen:
        return
    old, new, seen = _resolved(old, roots[0]), _resolved(new, roots[1]), seen | {name}
    where = path or "the event"
    for word in ("type", "const", *_NUMBERS):
        if old.get(word) != new.get(word):
            yield f"{where}: its {word} was {old.get(word)!r} and is {new.get(word)!r}"
    if old.get("enum") != new.get("enum"):
        yield f"{where}: its values were {old.get('enum')} and are {new.get('enum')}"
    yield from _properties(old, new, roots=roots, path=path, seen=seen)
    yield from _parts(old, new, roots=roots, path=path, seen=seen)


def _properties(old: Json, new: Json, *, roots: tuple[Json, Json], path: str, seen: frozenset[str]) -> Iterator[str]:
    was, now = old.get("properties", {}), new.get("properties", {})
    yield from (f"{path}.{name}: is gone".lstrip(".") for name in was if name not in now)
    for name in sorted(set(new.get("required", [])) - set(old.get("required", []))):
        yield f"{path}.{name}: is required now, and old events lack it".lstrip(".")
    for name in was.keys() & now.keys():
        inner = f"{path}.{name}".lstrip(".")
        yield from _compared(was[name], now[name], roots=roots, path=inner, seen=seen)


def _parts(old: Json, new: Json, *, roots: tuple[Json, Json], path: str, seen: frozenset[str]) -> Iterator[str]:
    for word in ("items", "additionalProperties"):
        was, now = old.get(word), new.get(word)
        if isinstance(was, dict) and isinstance(now, dict):
            yield from _compared(was, now, roots=roots, path=f"{path}[]", seen=seen)
        elif was != now:
            yield f"{path or 'the event'}: its {word} were {was!r} and are {now!r}"
    for word in ("anyOf", "prefixItems"):
        wass, nows = old.get(word, []), new.get(word, [])
        if len(wass) != len(nows):
            yield f"{path or 'the event'}: it had {len(wass)} forms and has {len(nows)}"
            continue
        for was, now in zip(wass, nows, strict=True):
            yield from _compared(was, now, roots=roots, path=path, seen=seen)


def _resolved(schema: Json, root: Json) -> Json:
    reference = schema.get("$ref", "")
    if not reference.startswith("#/$defs/"):
        return schema
    found: Json = root.get("$defs", {}).get(reference.rpartition("/")[2], {})
    return found


def asyncapi_of(manifests: Sequence[Manifest]) -> Json:
    """Return the AsyncAPI 3.0 document: a channel for each publishing service, a message for each event."""
    publishers = [manifest for manifest in manifests if manifest.events]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Stoa",
            "version": "1",
            "description": "Events between services: CloudEvents 1.0 in JSON, at least once, in order for each key.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {manifest.name: _channel(manifest) for manifest in publishers},
        "operations": {
            f"{manifest.name}_publishes": {"action": "send", "channel": {"$ref": f"#/channels/{manifest.name}"}}
            for manifest in publishers
        },
        "components": {"messages": {event.type_: _message(event) for one in publishers for event in one.events}},
    }


def _channel(manifest: Manifest) -> Json:
    messages = {event.type_: {"$ref": f"#/components/messages/{event.type_}"} for event in manifest.events}
    return {"address": f"stoa.{manifest.name}", "description": manifest.summary, "messages": messages}


def _message(event: type[Event]) -> Json:
    return {
        "name": event.type_,
        "summary": (event.__doc__ or "").strip().split("\n\n")[0],
        "contentType": "application/cloudevents+json",
        "payload": {
            "type": "object",
            "required": ["id", "source", "type", "specversion", "time", "data"],
            "properties": {"type": {"const": event.type_}, "data": {"$ref": f"events/{event.type_}.json"}},
        },
    }
