"""What a socket server tells its operators, read from its counters when somebody asks."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from stoa.kit.realtime.node import Node

_COUNTED = (
    ("publications", "publications", "Publications that came to rooms of this node."),
    ("frames", "frames", "Frames written to sockets."),
    ("bytes", "bytes", "Bytes of those frames, before the headers of WebSocket."),
    ("tick_s", "tick_seconds", "Seconds in which rooms wrote to their sockets."),
    ("deliveries", "deliveries", "Publications delivered, each counted once a socket."),
    ("recovered", "recoveries", "Clients that came back and missed nothing."),
    ("missed", "recoveries_failed", "Clients that came back too late for what they missed."),
    ("mended", "gaps_mended", "Gaps of a room's ring that were filled from its source."),
    ("resets", "rooms_begun_anew", "Rooms whose source began a new epoch."),
    ("slow", "slow_clients", "Clients that were sent away because they read too slowly."),
    ("refused", "refusals", "Connections and clients refused by a limit."),
)


class SocketFigures(Collector):
    """Costs nothing until it is asked."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def collect(self) -> Iterator[Metric]:
        """Yield the metric families that Prometheus reads."""
        node = self._node
        yield GaugeMetricFamily("stoa_sockets_connections", "Open connections.", node.connections)
        yield GaugeMetricFamily("stoa_sockets_rooms", "Channels that somebody follows here.", len(node.rooms))
        yield GaugeMetricFamily("stoa_sockets_draining", "Whether connections are sent elsewhere.", node.is_draining)
        yield GaugeMetricFamily(
            "stoa_sockets_behind_bytes", "What waits for clients that read slowly.", node.behind_bytes
        )
        ended = CounterMetricFamily(
            "stoa_sockets_closes", "Connections that the server ended, by code.", labels=("code",)
        )
        for code, count in sorted(node.tally.ended.items()):
            ended.add_metric((str(code),), count)
        yield ended
        for name, figure, text in _COUNTED:
            yield CounterMetricFamily(f"stoa_sockets_{figure}", text, getattr(node.tally, name))
