"""Rivals as their users run them: one frame a message, in a smaller room, each alone on the core."""

import asyncio

from bench.live import programs
from bench.live.notes import Notes
from bench.live.people import crowd
from bench.live.room import STOA, note_window
from bench.live.scale import Scale
from bench.live.servers import Opening, channels, node_ws, python_socketio, socket_io


async def measure_rivals(notes: Notes, scale: Scale, stoa: Opening) -> None:
    """Offer the same rate to each."""
    openings = [stoa, python_socketio, channels]
    if programs.node_packages():
        openings[1:1] = [node_ws, socket_io]
    else:
        notes.gap("Node ws and Socket.IO were not measured: their packages are not reachable here.")
    said = f"{scale.rival_people:,} people, {scale.rival_people * scale.rival_rate / 1000:,.0f} k/s offered"
    for opening in openings:
        async with opening() as server:
            notes.tell(f"{server.name}: {said}")
            async with crowd(
                [server.port], scale.rival_people, path=server.path, channel=server.channel, dialect=server.dialect,
                tokens=server.tokens, watched=server.pids, in_flight=200,
            ) as people:  # fmt: skip
                await people.ask(f"connect {scale.rival_people} 30")
                await asyncio.sleep(0.5)
                window_s = min(4.0, scale.window_s)
                found = await people.ask(f"measure {scale.rival_rate} {scale.warm_s} {window_s}")
            note_window(notes, server.name, said, found)
            if server.name != STOA:
                notes.compare(f"{said}: CPU a delivery", STOA, server.name)
