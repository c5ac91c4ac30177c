"""The unit of work of live: all that its stores can do, in one transaction."""

from stoa.services.live.store.asking import AskingTx
from stoa.services.live.store.boards import BoardsTx
from stoa.services.live.store.chat import ChatTx
from stoa.services.live.store.classes import ClassesTx
from stoa.services.live.store.decks import DecksTx
from stoa.services.live.store.groups import GroupsTx
from stoa.services.live.store.lane import LaneTx
from stoa.services.live.store.people import PeopleTx
from stoa.services.live.store.personal import PersonalTx
from stoa.services.live.store.polls import PollsTx
from stoa.services.live.store.recordings import RecordingsTx
from stoa.services.live.store.records import RecordsTx
from stoa.services.live.store.stage import StageTx


class LiveTx(
    ClassesTx,
    LaneTx,
    PeopleTx,
    PersonalTx,
    ChatTx,
    PollsTx,
    AskingTx,
    GroupsTx,
    BoardsTx,
    DecksTx,
    RecordsTx,
    StageTx,
    RecordingsTx,
):
    """The questions that live asks of its tables."""
