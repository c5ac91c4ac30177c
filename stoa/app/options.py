"""The settings of the whole platform: where it lives, what it listens on, which engines it uses."""

from datetime import timedelta
from pathlib import Path

from platformdirs import user_data_path

from stoa.kit.settings import Settings, setting


class PlatformSettings(Settings, prefix=""):
    """What an operator decides; without any of it, everything runs embedded on this machine."""

    home: Path = setting(user_data_path("stoa", appauthor=False), help="The folder that holds all data")
    host: str = setting("127.0.0.1", help="The address that the platform listens on")
    ports_host: str = setting(
        "127.0.0.1", help="The address on which `stoa serve --service` listens to other services; never a public one"
    )
    metrics_token: str = setting(
        "", secret=True, help="The bearer token that opens /metrics to other machines; empty: to this machine only"
    )
    port: int = setting(8000, minimum=0, maximum=65_535, help="The port of the pages and the API")
    content_port: int = setting(
        -1, minimum=-1, maximum=65_535, help="The port of the origin that serves what users made; -1: the next port"
    )
    public_url: str = setting("", help="Where people reach the platform; empty: the address and port listened on")
    content_url: str = setting("", help="Where people reach the second origin; empty: the address and port of it")
    organization: str = setting("demo", help="The short name of the organization of people who are not logged in")
    demo: bool = setting(True, help="Whether the first start makes the demo organization, its accounts and its course")
    log_level: str = setting("warning", choices=("debug", "info", "warning", "error"), help="The least level logged")
    log_format: str = setting(
        "auto", choices=("auto", "json", "console"), help="How log lines look; auto: console on a terminal"
    )
    otlp_endpoint: str = setting("", help="Where traces go (OTLP over HTTP); empty: nowhere")
    drain: timedelta = setting(
        timedelta(seconds=25), unit="seconds", help="How long running requests may finish at the end"
    )
    secret: str = setting(
        "", secret=True, help="The root of all secrets, 64 hexadecimal digits; empty: a file in the home"
    )
    database_url: str = setting("", secret=True, help="A PostgreSQL to use; empty: the embedded one")
    database_pool: int = setting(20, minimum=2, maximum=200, help="Connections to PostgreSQL a process")
    database_pooled: bool = setting(False, help="Whether a PgBouncer in transaction mode stands before PostgreSQL")
    valkey_url: str = setting(
        "", secret=True, help="A Valkey for cache, limits and locks; empty: each process has its own memory"
    )
    sockets_port: int = setting(
        -1, minimum=-1, maximum=65_535, help="The port of the sockets of `stoa up --split`; -1: after the second origin"
    )
    sockets_url: str = setting(
        "", help="Where browsers open sockets when that is not where the pages are, as https://sockets.example.org"
    )
    sockets_secret: str = setting(
        "", secret=True, help="The HS256 secret of the tokens of sockets; empty: derived from STOA_SECRET or the home's"
    )
    kafka: str = setting("", help="Kafka brokers, host:port separated by commas; empty: events stay in the process")
    trusted_proxies: list[str] = setting([], help="Networks of proxies whose X-Forwarded-For is believed")
    limit_factor: float = setting(1.0, minimum=0.01, help="By how much every rate limit is multiplied, for load tests")
    ports_at: str = setting("", help="Where each service answers the others, as unix:/run/stoa/{service}.ports")
    http_at: str = setting("", help="Where each service answers the gateway, as unix:/run/stoa/{service}.http")
    blobs: str = setting(
        "disk", choices=("disk", "s3"), help="Where files lie: the home's disk, or the bucket of STOA_S3_…"
    )
    conferences: list[str] = setting(
        [],
        choices=("livekit", "bigbluebutton", "jitsi", "hls"),
        help="Servers for audio and video of classes, the usual one first, each with its own settings; empty: none",
    )
    mail: str = setting(
        "outbox",
        choices=("outbox", "smtp"),
        help="Where letters go: kept and shown at /dev/mail, or sent by STOA_SMTP_…",
    )


class SocketSettings(Settings, prefix="sockets"):
    """How much a socket server takes; a limit of 0 is none."""

    connections: int = setting(0, minimum=0, help="Open sockets that a process takes; 0: as many as it has files")
    per_address: int = setting(
        10_000, minimum=0, help="Open sockets from one address; a school may have one for everybody, 0: any number"
    )
    per_account: int = setting(50, minimum=0, help="Open sockets of one account in a process; 0: any number")
    per_organization: int = setting(0, minimum=0, help="Open sockets of one organization in a process; 0: any number")
    ping: timedelta = setting(timedelta(seconds=25), unit="seconds", help="How often a client shows that it lives")
    message: int = setting(65_536, unit="bytes", minimum=1_024, help="The longest message that a client may send")
    messages_per_s: int = setting(
        50, minimum=1, help="Messages a second that one client may send, over five seconds; alone a hundred times that"
    )
    bytes_per_s: int = setting(131_072, unit="bytes", minimum=1_024, help="Bytes a second that one client may send")
    behind: int = setting(262_144, unit="bytes", minimum=16_384, help="How far a slow client may fall behind")
    behind_for: timedelta = setting(
        timedelta(seconds=5), unit="seconds", help="How long a client may be behind before it is sent away to recover"
    )
