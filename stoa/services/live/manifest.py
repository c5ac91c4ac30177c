"""How live is put together."""

from stoa.kit.manifest import Context, Manifest
from stoa.kit.store import Store
from stoa.services.courses.contract import CoursesPort
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.live.consumers import consumers
from stoa.services.live.contract import (
    ClassCancelled,
    ClassChanged,
    ClassEnded,
    ClassScheduled,
    ClassStarted,
    LivePort,
)
from stoa.services.live.jobs import jobs
from stoa.services.live.policy import LIMITS, PERMISSIONS, LiveSettings
from stoa.services.live.routes import (
    board,
    classes,
    joining,
    keeping,
    polls,
    quizzes,
    recalling,
    recordings,
    stage,
    talking,
)
from stoa.services.live.service.live import Live, Outside, assembled
from stoa.services.live.sockets import channels
from stoa.services.live.store.tx import LiveTx
from stoa.services.organizations.contract import OrganizationsPort
from stoa.services.people.contract import PeoplePort


def build(context: Context) -> Live:
    """Build live from what the kit gives it."""
    return assembled(
        Outside(
            store=Store(context.database, LiveTx),
            clock=context.clock,
            settings=context.settings(LiveSettings),
            limiter=context.limiter,
            authorizer=context.authorizer,
            realtime=context.realtime,
            courses=context.port(CoursesPort),
            enrollment=context.port(EnrollmentPort),
            people=context.port(PeoplePort),
            organizations=context.port(OrganizationsPort),
            join_secret=context.secret("live.join"),
            ballot_secret=context.secret("live.ballots"),
            blobs=context.blobs,
            public_url=context.urls.public_url,
            conferences=context.conferences,
        )
    )


manifest = Manifest(
    name="live",
    summary="Rooms that people talk, vote and raise hands in together, at the same time",
    port=LivePort,
    requires=(CoursesPort, EnrollmentPort, PeoplePort, OrganizationsPort),
    build=build,
    routers=(
        classes.router,
        joining.router,
        talking.router,
        polls.router,
        quizzes.router,
        keeping.router,
        board.router,
        recalling.router,
        stage.router,
        recordings.router,
    ),
    channels=(channels,),
    consumers=(consumers,),
    jobs=(jobs,),
    events=(ClassScheduled, ClassChanged, ClassCancelled, ClassStarted, ClassEnded),
    permissions=PERMISSIONS,
    limits=LIMITS,
    settings=LiveSettings,
)
