"""What is told of a stage: the choice, the way onto it, and whether it is recorded."""

from datetime import datetime

from stoa.kit.conferences import Right
from stoa.kit.contract import Struct
from stoa.services.live.domain import stages
from stoa.services.live.domain.classes import LiveClass
from stoa.services.live.domain.recordings import Recording
from stoa.services.live.domain.stages import Stage, StagePolicy
from stoa.services.live.service.standing import Standing
from stoa.services.live.store.stage import Consent


class StageChoice(Struct, frozen=True, kw_only=True):
    """How a class is seen and heard; no provider and no playlist: not at all."""

    provider: str = ""
    playlist: stages.Text = ""
    may_audience_speak: bool = False


class RecordingRules(Struct, frozen=True, kw_only=True):
    """What the organization says of recordings: how long they stay, and from what age guests may be on them."""

    keep_days: int
    may_guests_be_recorded: bool
    guest_age: int


class StageView(Struct, frozen=True, kw_only=True):
    """What was chosen for a class, and what there is to choose from; `version` is the ETag."""

    provider: str
    playlist: str
    may_audience_speak: bool
    is_open: bool
    providers: list[str]
    takes_playlist: bool
    rules: RecordingRules
    version: int


class RecordingNow(Struct, frozen=True, kw_only=True):
    """Whether the class is recorded, and what one has said to that; `may_be_recorded` is the organization's word."""

    state: str
    consent: str
    may_be_recorded: bool


class StageAnswer(Struct, frozen=True, kw_only=True):
    """What lets one person onto the stage; without a provider or in trouble, there is no address."""

    provider: str
    kind: str
    url: str
    token: str
    right: str
    expires_at: datetime | None
    problem: str
    recording: RecordingNow

    def __repr__(self) -> str:
        return f"StageAnswer(provider={self.provider!r}, right={self.right!r}, problem={self.problem!r})"


class Facts(Struct, frozen=True, kw_only=True):
    """What is known of a class's stage."""

    stage: Stage
    policy: StagePolicy
    recording: Recording | None

    def is_recorded(self, held: LiveClass) -> bool:
        """Say whether who is on the stage may be recorded at any moment."""
        return held.settings.is_recorded or self.recording is not None


def recording_now(standing: Standing, facts: Facts, consent: Consent | None) -> RecordingNow:
    """Return whether a class is recorded and what somebody said to that; age is asked where it matters."""
    may = stages.may_be_recorded(standing.role, facts.policy, is_of_age=True)
    said = "needed" if consent is None else "given" if consent.agrees else "refused"
    return RecordingNow(
        state="off" if facts.recording is None else facts.recording.state.value,
        consent=said if facts.is_recorded(standing.held) else "not_needed",
        may_be_recorded=may,
    )


NO_STAGE = StageAnswer(
    provider="",
    kind="",
    url="",
    token="",
    right=Right.AUDIENCE.value,
    expires_at=None,
    problem="",
    recording=RecordingNow(state="off", consent="not_needed", may_be_recorded=True),
)
