"""One room on one core: the same messages offered to the limit in C, to Node with the same tick, and to Stoa."""

import asyncio

from bench.live.notes import Notes
from bench.live.people import People, crowd
from bench.live.scale import Scale
from bench.live.servers import Opening, Server, limit, node_tick

STOA, LIMIT, NODE = "Stoa", "minimal C", "Node, same tick"
BATCH = 10
DEFLATED_LINE_BYTES = 190
_TRIAL_BYTES = 100
# A whole interval of pings; and until the kernel's buffers of who does not read are full, and the server closes them.
_STUCK_WINDOW_S = 28.0


def offered(scale: Scale, rate: int) -> str:
    """Return how people call an offered rate."""
    return f"{scale.people * rate / 1000:,.0f} k/s offered"


async def measure_room(notes: Notes, scale: Scale, stoa: Opening) -> None:
    """Let the three take turns, then ask of Stoa what only Stoa can do."""
    for number in range(scale.rounds):
        for opening in (limit, node_tick, stoa):
            async with opening() as server:
                notes.tell(f"round {number + 1}: {scale.people:,} in a room of {server.name}")
                await _fill_and_measure(notes, scale, server)
    async with stoa() as server:
        notes.tell("Stoa: 5 % stuck")
        await _stuck(notes, scale, server)
    async with stoa() as server:
        notes.tell("Stoa: all come back at once")
        await _storm(notes, scale, server)
    async with stoa() as server:
        notes.tell("Stoa: deflated")
        await _deflated(notes, scale, server)
    _promises(notes, scale)


def _crowd(scale: Scale, server: Server, **options: object):  # type: ignore[no-untyped-def]  # a context manager of People
    return crowd(
        [server.port],
        scale.people,
        path=server.path,
        channel=server.channel,
        dialect=server.dialect,
        tokens=server.tokens,
        watched=server.pids,
        **options,  # type: ignore[arg-type]  # named by the callers below
    )


async def _fill_and_measure(notes: Notes, scale: Scale, server: Server) -> None:
    empty_mb = server.memory_mb()
    async with _crowd(scale, server) as people:
        found = await people.ask(f"connect {scale.people}")
        notes.note(server.name, f"{scale.people:,} connect and subscribe", found["seconds"], "s")
        notes.note(server.name, "not let in", scale.people - found["live"], "people")
        await asyncio.sleep(1)
        notes.note(server.name, "memory a connection", (server.memory_mb() - empty_mb) * 1e3 / scale.people, "KB")
        for rate in scale.rates:
            await _one_rate(notes, scale, server, people, rate)


async def _one_rate(
    notes: Notes, scale: Scale, server: Server, people: People, rate: float, said: str = ""
) -> dict[str, float]:
    found = await people.ask(f"measure {rate} {scale.warm_s} {scale.window_s}")
    said = said or offered(scale, int(rate))
    note_window(notes, server.name, said, found)
    return found


def note_window(notes: Notes, name: str, said: str, found: dict[str, float]) -> None:
    """Keep what one window of an open loop showed."""
    seconds, arrived = found["seconds"], max(found["arrived"], 1)
    notes.note(name, f"{said}: CPU a delivery", found["cpu_s"] / arrived * 1e6, "µs")
    notes.note(name, f"{said}: CPU", found["cpu_s"] / seconds * 100, "%")
    notes.note(name, f"{said}: delivered", arrived / seconds, "1/s")
    notes.note(name, f"{said}: p50", found["p50_ms"], "ms")
    notes.note(name, f"{said}: p99", found["p99_ms"], "ms")
    notes.note(name, f"{said}: frames a person", found["frames"] / seconds / max(found["live"], 1), "1/s")
    notes.note(name, f"{said}: CPU a frame", found["cpu_s"] / max(found["frames"], 1) * 1e6, "µs")
    notes.note(name, f"{said}: CPU of the load client", found["own_cpu_s"] / seconds * 100, "%")
    faults = found["lost"] + found["missing"] + found["duplicates"] + found["reorders"]
    notes.note(name, f"{said}: lost, late by 5 s, double or out of order", faults, "messages")


async def _stuck(notes: Notes, scale: Scale, server: Server) -> None:
    await asyncio.sleep(1)
    own = server.open_sockets()
    async with _crowd(scale, server) as people:
        found = await people.ask(f"connect {scale.people}")
        window_s = 2 if scale.is_rehearsal else _STUCK_WINDOW_S
        before = await people.ask(f"measure {scale.middle_rate} {scale.warm_s} {window_s}")
        stuck = (await people.ask("stick 5"))["people"]
        after = await people.ask(f"measure {scale.middle_rate} {scale.warm_s} {window_s}")
        # Their descriptors are gone when the server has given them up; the clients do not look.
        left = server.open_sockets()
    said = offered(scale, scale.middle_rate)
    notes.note(STOA, f"{said}, then 5 % stuck: p99 of all before", before["p99_ms"], "ms")
    notes.note(STOA, f"{said}, 5 % stuck: p99 of the others", after["p99_ms"], "ms")
    notes.note(STOA, f"{said}, 5 % stuck: how many, and read nothing", stuck, "people")
    notes.note(STOA, f"{said}, 5 % stuck: closed by the server", own + found["live"] - left, "people")
    notes.note(STOA, f"{said}, 5 % stuck: lost by the others", after["lost"] + after["missing"], "messages")
    notes.promise("p99 of the others, 5 % stuck / none stuck", after["p99_ms"] / before["p99_ms"], at_most=1.1)


async def _storm(notes: Notes, scale: Scale, server: Server) -> None:
    async with _crowd(scale, server) as people:
        await people.ask(f"connect {scale.people}")
        await people.ask(f"measure {scale.middle_rate} 0.5 1")
        found = await people.ask(f"storm {scale.missed}")
    said = f"{scale.people:,} come back after {scale.missed} missed messages"
    notes.note(STOA, f"{said}: connected, subscribed, recovered", found["seconds"], "s")
    notes.note(STOA, f"{said}: not recovered", found["unrecovered"] + scale.people - found["live"], "people")
    faults = found["lost"] + found["missing"] + found["duplicates"] + found["reorders"]
    notes.note(STOA, f"{said}: lost, double or out of order", faults, "messages")
    notes.promise(f"{scale.people:,} connect + subscribe + recover / 3 s", found["seconds"] / 3, at_most=1.0)


async def _deflated(notes: Notes, scale: Scale, server: Server) -> None:
    # The tick of a full room lasts people * 12 µs / 0.6, at least 20 ms: at this rate ten messages share a frame.
    tick_s = min(0.25, max(0.02, scale.people * 20e-6))
    async with _crowd(scale, server, deflate=True, size=_TRIAL_BYTES) as people:
        await people.ask("connect 100")
        found = await people.ask("measure 4 0.2 1")
    # What stands around a comment, so that the whole line has the size that is promised for.
    around = round(found["bytes"] / max(found["arrived"], 1)) - _TRIAL_BYTES
    for said, at_random in (("deflated", False), ("deflated, words at random", True)):
        size = DEFLATED_LINE_BYTES - around
        async with _crowd(scale, server, deflate=True, size=size, at_random=at_random) as people:
            await people.ask(f"connect {scale.people}")
            found = await people.ask(f"measure {BATCH / tick_s} {scale.warm_s} {scale.window_s}")
        arrived = max(found["arrived"], 1)
        notes.note(STOA, f"{said}: messages a frame", arrived / max(found["frames"], 1), "messages")
        notes.note(STOA, f"{said}: a message before", found["bytes"] / arrived, "B")
        notes.note(STOA, f"{said}: a message on the wire", found["wire_bytes"] / arrived, "B")
        notes.note(STOA, f"{said}: CPU a delivery", found["cpu_s"] / arrived * 1e6, "µs")
        if not at_random:
            notes.promise("deflated bytes a message / 55 B", found["wire_bytes"] / arrived / 55, at_most=1.0)


def _promises(notes: Notes, scale: Scale) -> None:
    for rate in scale.rates:
        metric = f"{offered(scale, rate)}: CPU a delivery"
        notes.compare(metric, STOA, LIMIT, at_most=1.25)
        notes.compare(metric, STOA, NODE, at_most=1.0)
    said = offered(scale, scale.middle_rate)
    p99, cpu = notes.median(STOA, f"{said}: p99"), notes.median(STOA, f"{said}: CPU")
    memory = notes.median(STOA, "memory a connection")
    notes.promise(f"{said}: p99 / 350 ms", None if p99 is None else p99 / 350, at_most=1.0)
    notes.promise(f"{said}: CPU / 55 %", None if cpu is None else cpu / 55, at_most=1.0)
    notes.promise("memory a connection / 8 KB", None if memory is None else memory / 8, at_most=1.0)
