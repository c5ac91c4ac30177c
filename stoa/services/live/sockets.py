"""The channels of a class: the lossless lane, and the chat that shows a sample."""

from stoa.kit.auth.caller import Caller
from stoa.kit.realtime.broker import ChannelOptions
from stoa.kit.realtime.channels import Channels, Right
from stoa.services.live.service.lane import CHAT, CLASS
from stoa.services.live.service.live import Live

channels = Channels("live")


@channels.channel(CLASS, options=ChannelOptions(lossless=True, recovery=True, positioned=True))
async def may_follow_class(live: Live, caller: Caller, name: str) -> Right:
    """Let those follow who have joined and were not sent out."""
    return Right(expires_in=await live.doorway.right_to_follow(name, caller=caller))


@channels.channel(CHAT, options=ChannelOptions())
async def may_follow_chat(live: Live, caller: Caller, name: str) -> Right:
    """Let those follow who have joined; a group's chat is its members' and the moderators'."""
    return Right(expires_in=await live.doorway.right_to_follow(name, caller=caller))
