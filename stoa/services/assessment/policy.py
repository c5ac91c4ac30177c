"""Every knob of assessment."""

from stoa.kit.settings import Settings, setting


class AssessmentSettings(Settings, prefix="assessment"):
    """What an operator may turn."""

    max_response_bytes: int = setting(
        65_536, unit="bytes", minimum=1_024, help="The largest response to one problem that is taken."
    )
    cached_problems: int = setting(
        2_000,
        unit="problems",
        minimum=10,
        help="How many problem versions a process keeps in memory.",
    )
    import_batch: int = setting(
        200, unit="problems", minimum=1, help="How many converted problems are written in one transaction."
    )
