"""The embedded platform: everything in one process on one home."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files

from stoa.app.engines import Engines, open_engines
from stoa.app.front import Front
from stoa.app.home import Home, Running, ServiceState
from stoa.app.options import PlatformSettings
from stoa.app.process import Plan, Process
from stoa.app.serving import Listener, bind
from stoa.kit.clock import Clock, SystemClock
from stoa.kit.engines.ports.envelope import pair_keys
from stoa.kit.engines.postgres.database import Login, connect
from stoa.kit.engines.postgres.jobs import jobs_migrations
from stoa.kit.engines.postgres.migrate import MigrationSet, migrate, read_migrations
from stoa.kit.engines.postgres.server import EmbeddedPostgres, Endpoint
from stoa.kit.manifest import Manifest, Urls, derive_secret
from stoa.kit.settings import Settings

Tell = Callable[[str], None]


def migrations_of(manifests: Mapping[str, Manifest]) -> list[MigrationSet]:
    """Return the migrations of the kit's jobs and of every service."""
    own = [read_migrations(name, files(f"stoa.services.{name}") / "migrations") for name in manifests]
    return [jobs_migrations(), *own]
