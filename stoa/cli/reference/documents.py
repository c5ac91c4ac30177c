"""Which files are generated, what they should hold, and what differs from it on the disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from stoa.cli.reference import schemas, tables
from stoa.kit.errors import Conflict
from stoa.kit.http.openapi import document_of
from stoa.kit.http.router import Router
from stoa.kit.manifest import Manifest
from stoa.kit.settings import Settings

REFERENCE = Path("docs") / "reference"
EVENTS = REFERENCE / "events"
ARCHITECTURE = Path("ARCHITECTURE.md")


class SchemaBroken(Conflict):
    """A published event changed by more than an additional optional field."""

    code, title = "docs.schema_broken", "A published event may only gain optional fields"


def wanted(root: Path, manifests: Sequence[Manifest], platform: type[Settings]) -> dict[Path, bytes]:
    """Return every generated file, by its path in the project, with what it should hold."""
    routes = [
        route for one in manifests for router in one.routers if isinstance(router, Router) for route in router.routes
    ]
    pages = {
        ARCHITECTURE: tables.with_map((root / ARCHITECTURE).read_text(), manifests),
        REFERENCE / "settings.md": tables.settings_page(platform, manifests),
        REFERENCE / "permissions.md": tables.permissions_page(manifests),
        REFERENCE / "metrics.md": tables.metrics_page(manifests),
        REFERENCE / "events.md": tables.events_page(manifests),
    }
    found = {path: text.encode() for path, text in pages.items()}
    found[REFERENCE / "openapi.json"] = document_of(routes, title="Stoa", version="1")
    found[REFERENCE / "asyncapi.json"] = schemas.written(schemas.asyncapi_of(manifests))
    for event in (event for manifest in manifests for event in manifest.events):
        found[EVENTS / f"{event.type_}.json"] = schemas.written(schemas.schema_of(event))
    return found


def stale(root: Path, files: Mapping[Path, bytes]) -> list[str]:
    """Return the generated files that differ from what they should hold, events that vanished included."""
    differing = [path for path, content in files.items() if _content(root / path) != content]
    vanished = [path for path in _published(root) if path not in files]
    return [str(path) for path in sorted({*differing, *vanished})]


def refuse_breaches(root: Path, files: Mapping[Path, bytes]) -> None:
    """Raise SchemaBroken when a committed event schema would lose or change something."""
    found = []
    for path in _published(root):
        old = msgspec.json.decode((root / path).read_bytes())
        new = msgspec.json.decode(files[path]) if path in files else None
        lost = ["the event is gone"] if new is None else schemas.breaches(old, new)
        found += [f"{path.stem}: {breach}" for breach in lost]
    if found:
        raise SchemaBroken(
            "; ".join(found),
            hint="Publish it under the next version of its type; one that was never released may go: delete its file",
        )


def write(root: Path, files: Mapping[Path, bytes]) -> list[str]:
    """Write what differs and return the names."""
    names = stale(root, files)
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(files[Path(name)])
    return names


def _published(root: Path) -> list[Path]:
    return [EVENTS / path.name for path in sorted((root / EVENTS).glob("*.json"))]


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
