"""The split platform on one machine: a process a service, kept alive, behind a gateway, over engines from wheels."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from stoa.app.demo import plant_demo
from stoa.app.embedded import (
    SUPERUSER,
    Ground,
    Tell,
    content_port_of,
    engines_of,
    migrations_of,
    process_of,
    sockets_port_of,
    urls_of,
)
from stoa.app.engines import url_of
from stoa.app.home import Running, ServiceState
from stoa.app.process import Plan
from stoa.app.running import Announce, listen_to_signals
from stoa.app.serving import bind, bind_unix
from stoa.app.start import answering
from stoa.app.turns import next_in_line, whose
from stoa.kit.engines.kafka.broker import EmbeddedBroker as Broker
from stoa.kit.engines.postgres.database import LOGIN, Login, connect, role_of
from stoa.kit.engines.postgres.migrate import migrate
from stoa.kit.engines.postgres.server import EmbeddedPostgres
from stoa.kit.engines.valkey.server import LocalValkey
from stoa.kit.telemetry.logs import logger

RESTART_S = (0.1, 5.0)
LONG_LIFE_S = 30.0
GATEWAY, JOBS, SOCKETS = "gateway", "jobs", "sockets"
STANDBY = "sockets-standby"
log = logger("app")


class Child:
    """One process of the platform: started again, after a growing pause, whenever it ends unasked."""

    def __init__(
        self, name: str, arguments: list[str], *, environment: Mapping[str, str], sockets: list[socket.socket]
    ) -> None:
        self.name = name
        self._arguments = arguments
        self._environment = dict(environment)
        self._sockets = sockets
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False
        self.state = "starting"

    @property
    def pid(self) -> int:
        """Return the process id, 0 between two lives."""
        return self._process.pid if self._process is not None and self._process.returncode is None else 0

    async def run(self, changed: Callable[[], object]) -> None:
        """Keep the process alive until `stop`."""
        pause = RESTART_S[0]
        loop = asyncio.get_running_loop()
        while not self._stopping:
            began = loop.time()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "stoa", *self._arguments,
                env=self._environment,
                pass_fds=[one.fileno() for one in self._sockets],
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
            if self._stopping:
                self._process.terminate()
            self.state = "running"
            changed()
            code = await self._process.wait()
            if self._stopping:
                break
            self.state = "restarting"
            changed()
            log.warning("app.process_ended", process=self.name, code=code)
            pause = RESTART_S[0] if loop.time() - began > LONG_LIFE_S else min(pause * 2, RESTART_S[1])
            await asyncio.sleep(pause)
        self.state = "stopped"

    async def stop(self, *, deadline_s: float) -> None:
        """Ask the process to finish what is under way, and end it when it does not."""
        self._stopping = True
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), deadline_s)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


class Platform:
    """All processes of the split platform and what they stand on."""

    def __init__(self, ground: Ground, *, tell: Tell, progress: Tell, announce: Announce) -> None:
        self._ground = ground
        self._tell, self._progress = tell, progress
        self._announce = announce
        self._children: list[Child] = []
        self._engines: dict[str, Callable[[], int | None]] = {}
        self._turn = Path(os.devnull)
        self._is_announced = False

    async def run(self) -> None:
        """Run until a signal comes."""
        stopping = listen_to_signals(self._tell)
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(self._ground.home.held())
            pages, content, sockets = self._bind(stack)
            admin = await stack.enter_async_context(self._postgres())
            broker = await stack.enter_async_context(self._broker())
            valkey = await stack.enter_async_context(self._valkey())
            if self._ground.settings.demo:
                await self._plant(admin)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stoa-", dir=_runtime())))
            environment = self._environment(folder, broker=broker, valkey=valkey)
            self._children = self._make(admin, folder, environment, pages=pages, content=content, sockets=sockets)
            tasks = [asyncio.create_task(child.run(self._say), name=child.name) for child in self._children]
            stack.push_async_callback(self._stop, tasks)
            self._tell(f"Starting {len(self._children)} processes")
            await self._ready(pages, folder)
            self._is_announced = True
            self._announce(self._say())
            stack.push_async_callback(_cancelled, asyncio.create_task(self._watch_engines(), name="engines"))
            await stopping.wait()

    def _bind(self, stack: contextlib.AsyncExitStack) -> tuple[socket.socket, socket.socket, socket.socket]:
        settings = self._ground.settings
        pages = bind(settings.host, settings.port, setting="STOA_PORT")
        stack.callback(pages.close)
        port = pages.getsockname()[1]
        content = bind(settings.host, content_port_of(settings, port), setting="STOA_CONTENT_PORT")
        stack.callback(content.close)
        content_port = content.getsockname()[1]
        sockets = bind(settings.host, sockets_port_of(settings, content_port), setting="STOA_SOCKETS_PORT")
        stack.callback(sockets.close)
        self._ground = replace(self._ground, urls=urls_of(settings, port, content_port, sockets.getsockname()[1]))
        # The supervisor keeps every listening socket: while a process is started again, callers wait in its queue.
        for one, queue in ((pages, 2_048), (content, 2_048), (sockets, 8_192)):
            one.listen(queue)
        return pages, content, sockets

    @contextlib.asynccontextmanager
    async def _postgres(self) -> AsyncIterator[Login]:
        postgres = EmbeddedPostgres(self._ground.home.root, tell=self._tell)
        async with postgres.reached() as endpoint:
            self._engines["postgres"] = lambda: postgres.status.pid
            admin = Login(host=endpoint.socket_dir, port=endpoint.port, database=SUPERUSER, user=SUPERUSER)
            self._tell("Bringing the database up to date")
            connection = await connect(admin)
            try:
                # The roles may log in; over the socket the account of the machine is the proof, so nobody keeps these.
                passwords = {name: secrets.token_urlsafe(24) for name in self._ground.manifests}
                await migrate(connection, migrations_of(self._ground.manifests), passwords=passwords)
            finally:
                await connection.close()
            yield admin

    @contextlib.asynccontextmanager
    async def _broker(self) -> AsyncIterator[Broker]:
        self._tell("Starting the Kafka broker")
        broker = Broker()
        await broker.start()
        self._engines["broker"] = lambda: broker.pid
        watch = asyncio.create_task(_kept_alive(lambda: broker.pid, broker.start), name="broker")
        try:
            yield broker
        finally:
            watch.cancel()
            await broker.stop()

    @contextlib.asynccontextmanager
    async def _valkey(self) -> AsyncIterator[LocalValkey]:
        self._tell("Starting Valkey")
        valkey = LocalValkey()
        await valkey.start()
        self._engines["valkey"] = lambda: valkey.pid
        watch = asyncio.create_task(_kept_alive(lambda: valkey.pid, valkey.start), name="valkey")
        try:
            yield valkey
        finally:
            watch.cancel()
            await valkey.stop()

    async def _plant(self, admin: Login) -> None:
        login = Login(host=admin.host, port=admin.port, database=admin.database, user=LOGIN)
        engines = await engines_of(self._ground, login)
        plan = Plan(manifests=self._ground.manifests, mine=set(self._ground.manifests), is_running=False)
        process = process_of(self._ground, engines, plan)
        async with process.running():
            await plant_demo(process, self._ground.home, self._tell)
        await engines.close()

    def _environment(self, folder: Path, *, broker: Broker, valkey: LocalValkey) -> dict[str, str]:
        return {
            **os.environ,
            "STOA_HOME": str(self._ground.home.root),
            "STOA_PUBLIC_URL": self._ground.urls.public_url,
            "STOA_CONTENT_URL": self._ground.urls.content_url,
            "STOA_SOCKETS_URL": self._ground.urls.sockets,
            "STOA_KAFKA": broker.bootstrap,
            "STOA_VALKEY_URL": valkey.url,
            "STOA_PORTS_AT": f"unix:{folder}/{{service}}.ports",
            "STOA_HTTP_AT": f"unix:{folder}/{{service}}.http",
            "STOA_DATABASE_POOL": "8",
            "STOA_OWNER": str(os.getpid()),
        }

    def _make(
        self,
        admin: Login,
        folder: Path,
        environment: Mapping[str, str],
        *,
        pages: socket.socket,
        content: socket.socket,
        sockets: socket.socket,
    ) -> list[Child]:
        children = []
        for name in self._ground.manifests:
            http, ports = bind_unix(folder / f"{name}.http"), bind_unix(folder / f"{name}.ports")
            for one in (http, ports):
                one.listen(2048)
            own = {**environment, "STOA_DATABASE_URL": url_of(admin, user=role_of(name))}
            arguments = ["serve", "--service", name, "--fds", f"{http.fileno()},{ports.fileno()}"]
            children.append(Child(name, arguments, environment=own, sockets=[http, ports]))
        shared = {**environment, "STOA_DATABASE_URL": url_of(admin, user=LOGIN)}
        children.append(Child(JOBS, ["serve", "--role", JOBS], environment=shared, sockets=[]))
        arguments = ["serve", "--role", GATEWAY, "--fds", f"{pages.fileno()},{content.fileno()}"]
        children.append(Child(GATEWAY, arguments, environment=shared, sockets=[pages, content]))
        # Two, of which one stands by: starting takes a second or more, and everybody in a class would wait for it.
        self._turn = folder / SOCKETS
        arguments = ["serve", "--role", SOCKETS, "--fds", str(sockets.fileno()), "--turn", str(self._turn)]
        for name in (SOCKETS, STANDBY):
            children.append(Child(name, arguments, environment=environment, sockets=[sockets]))
        return children

    async def _ready(self, pages: socket.socket, folder: Path) -> None:
        host, port = pages.getsockname()[:2]
        reached = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 (compared, not bound)
        doors = {
            name: partial(asyncio.open_unix_connection, folder / f"{name}.http") for name in self._ground.manifests
        }
        doors[GATEWAY] = partial(asyncio.open_connection, reached, port)
        await answering(doors, progress=self._progress)

    def _say(self) -> Running:
        running = Running(
            url=self._ground.urls.public_url,
            content_url=self._ground.urls.content_url,
            sockets_url=self._ground.urls.sockets,
            home=str(self._ground.home.root),
            mode="split",
            services=[
                *self._states(),
                *(_engine_state(name, pid()) for name, pid in self._engines.items()),
            ],
            accounts=self._ground.home.demo_accounts(),
        )
        # What somebody reads here can be used: nothing is said before everything answers.
        if self._is_announced:
            self._ground.home.announce(running)
        return running

    def _states(self) -> Iterator[ServiceState]:
        """Yield the processes under the names of what they do now: the two socket servers take turns."""
        working, waiting = whose(self._turn), whose(next_in_line(self._turn))
        has_turn = any(child.pid == working for child in self._children if working)
        for child in self._children:
            name, state = child.name, child.state
            if name in (SOCKETS, STANDBY) and has_turn:
                name = SOCKETS if child.pid == working else STANDBY
                state = "standing by" if name == STANDBY and child.pid == waiting else state
            yield ServiceState(name=name, pid=child.pid, state=state)

    async def _watch_engines(self) -> None:
        known: list[int | None] = []
        while True:
            pids = [*(pid() for pid in self._engines.values()), whose(self._turn), whose(next_in_line(self._turn))]
            if pids != known:
                known = pids
                self._say()
            await asyncio.sleep(0.1)

    async def _stop(self, tasks: list[asyncio.Task[None]]) -> None:
        drain_s = self._ground.settings.drain.total_seconds() + 5
        fronts = [child for child in self._children if child.name in (GATEWAY, SOCKETS, STANDBY)]
        await asyncio.gather(*(child.stop(deadline_s=drain_s) for child in fronts))
        await asyncio.gather(*(child.stop(deadline_s=drain_s) for child in self._children))
        await asyncio.gather(*tasks, return_exceptions=True)


async def run_split(ground: Ground, *, tell: Tell, progress: Tell, announce: Announce) -> None:
    """Run one process per service behind a gateway, until a signal comes; `progress` hears of what takes long."""
    await Platform(ground, tell=tell, progress=progress, announce=announce).run()


async def _kept_alive(pid: Callable[[], int | None], start: Callable[[], object]) -> None:
    while True:
        await asyncio.sleep(0.2)
        if pid() is None:
            log.warning("app.engine_restarted")
            started = start()
            if asyncio.iscoroutine(started):
                await started


def _engine_state(name: str, pid: int | None) -> ServiceState:
    return ServiceState(name=name, pid=pid or 0, state="running" if pid else "restarting")


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _runtime() -> str | None:
    folder = os.environ.get("XDG_RUNTIME_DIR")
    return folder if folder and Path(folder).is_dir() and len(folder) < 60 else None
