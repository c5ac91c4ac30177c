"""Channels are declared with a judge, entered through one route, and never by whom the judge refuses."""

from datetime import timedelta
from uuid import UUID

import pytest

from stoa.kit.auth.caller import Caller
from stoa.kit.clock import ManualClock
from stoa.kit.errors import Forbidden
from stoa.kit.manifest import Context, Manifest, ManifestInvalid
from stoa.kit.ports import Port
from stoa.kit.realtime.broker import ChannelOptions
from stoa.kit.realtime.channels import ChannelInvalid, Channels, Right, TokenDesk, namespaces_of
from stoa.kit.realtime.keeper import Keeper
from stoa.kit.realtime.tokens import SocketTokens
from stoa.kit.testing.routes import RoutesUnderTest, a_caller


class School:
    def __init__(self, host: UUID) -> None:
        self.host = host


channels = Channels("school")


@channels.channel("lesson", options=ChannelOptions(history_size=10, history_ttl_s=60))
async def may_follow(school: School, caller: Caller, name: str) -> Right:
    if name == "closed":
        raise Forbidden
    return Right(expires_in=timedelta(minutes=5), publish=caller.user == school.host, info=b'{"seat":1}')


def build(context: Context) -> School:
    return School(UUID(int=0))


def a_school(caller: Caller) -> tuple[RoutesUnderTest, SocketTokens]:
    clock = ManualClock()
    tokens = SocketTokens(b"k" * 32, clock)
    desk = TokenDesk(channels.specs, School(caller.require_user()), tokens, clock)
    return RoutesUnderTest((channels.router, desk), clock=clock), tokens


async def test_whom_the_judge_lets_in_gets_a_token_for_that_channel_and_person() -> None:
    caller = a_caller("learner")
    school, tokens = a_school(caller)

    async with school.client(caller) as client:
        answer = await client.post("/api/v1/school/channels/lesson:7/token")

    said = answer.json()
    claims = tokens.read_subscription(said["token"], channel="lesson:7", user=str(caller.user))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert (said["channel"], said["may_publish"], claims.may_publish) == ("lesson:7", True, True)
    assert bytes(claims.info) == b'{"seat":1}'
    assert claims.exp == school.clock.now().timestamp() + 300


@pytest.mark.parametrize(
    ("channel", "status"), [("lesson:closed", 403), ("exam:7", 404), ("lesson:", 404), ("lesson", 404), ("user:7", 404)]
)
async def test_nobody_gets_into_what_is_closed_unknown_or_not_of_this_service(channel: str, status: int) -> None:
    caller = a_caller("learner")
    school, _ = a_school(caller)

    async with school.client(caller) as client:
        answer = await client.post(f"/api/v1/school/channels/{channel}/token")

    assert answer.status_code == status


async def test_a_guest_gets_no_token_by_this_route() -> None:
    school, _ = a_school(a_caller())

    async with school.client() as client:
        answer = await client.post("/api/v1/school/channels/lesson:7/token")

    assert answer.status_code == 401


def test_the_route_is_declared_with_the_manifest_under_a_name_of_its_own() -> None:
    manifest = Manifest(name="school", summary="Lessons.", build=build, channels=(channels,))

    [route] = [route for router in manifest.routers for route in router.routes]

    assert (route.name, route.path) == ("school_channel_token", "/api/v1/school/channels/{channel}/token")
    assert route.limit is not None


def test_a_manifest_with_channels_of_another_service_or_for_another_class_is_refused() -> None:
    strange = Channels("school")

    @strange.channel("lesson", options=ChannelOptions())
    async def judge(school: Port, caller: Caller, name: str) -> Right:
        return Right()

    with pytest.raises(ManifestInvalid, match="asks for"):
        Manifest(name="school", summary="Lessons.", build=build, channels=(strange,))
    with pytest.raises(ManifestInvalid, match="not its own"):
        Manifest(name="other", summary="Lessons.", build=build, channels=(channels,))


def test_a_channel_without_loss_needs_a_port_that_keeps_it() -> None:
    class SchoolPort(Keeper):
        service_ = "school"

    class KeptSchool(SchoolPort):
        pass

    def build_kept(context: Context) -> KeptSchool:
        return KeptSchool()

    kept = Channels("school")

    @kept.channel("lesson", options=ChannelOptions(lossless=True, recovery=True))
    async def judge(school: object, caller: Caller, name: str) -> Right:
        return Right()

    assert Manifest(name="school", summary="Lessons.", build=build_kept, port=SchoolPort, channels=(kept,))
    with pytest.raises(ManifestInvalid, match="Keeper"):
        Manifest(name="school", summary="Lessons.", build=build, channels=(kept,))


def test_a_namespace_belongs_to_one_service_and_some_to_the_platform() -> None:
    other = Channels("other")
    other.channel("lesson", options=ChannelOptions())(may_follow)

    with pytest.raises(ChannelInvalid, match="somebody else's"):
        namespaces_of([channels, other])
    for name in ("user", "load", "Lesson", "lesson:1"):
        with pytest.raises(ChannelInvalid):
            other.channel(name, options=ChannelOptions())
    assert namespaces_of([channels]).keys() == {"user", "load", "lesson"}


def test_a_judge_is_async_and_takes_service_caller_and_name() -> None:
    def slow(school: School, caller: Caller, name: str) -> Right:
        return Right()

    async def short(school: School) -> Right:
        return Right()

    for wrong in (slow, short):
        with pytest.raises(ChannelInvalid):
            Channels("school").channel("lesson", options=ChannelOptions())(wrong)  # type: ignore[arg-type]  # wrong
