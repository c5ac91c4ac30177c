"""How identity is put together."""

from stoa.kit.auth.passwords import PasswordPool
from stoa.kit.manifest import Context, Manifest
from stoa.kit.store import Store
from stoa.services.identity.contract import (
    AccountClosed,
    AccountRegistered,
    EmailVerified,
    IdentityPort,
    SessionsRevoked,
)
from stoa.services.identity.jobs import jobs
from stoa.services.identity.policy import LIMITS, IdentitySettings
from stoa.services.identity.routes import router
from stoa.services.identity.service.accounts import Accounts
from stoa.services.identity.service.identity import Identity
from stoa.services.identity.service.keys import SigningKeys
from stoa.services.identity.service.links import Links
from stoa.services.identity.service.sessions import Sessions
from stoa.services.identity.store.identity import IdentityTx


def build(context: Context) -> Identity:
    """Build identity from what the kit gives it."""
    settings = context.settings(IdentitySettings)
    clock = context.clock
    store = Store(context.database, IdentityTx)
    passwords = PasswordPool(threads=settings.hashing_threads, queue=settings.hashing_queue)
    keys = SigningKeys(
        store=store,
        clock=clock,
        issuer=context.urls.public_url,
        lifetime=settings.access_token_lifetime,
        sealing_key=context.secret("identity.signing-keys"),
    )
    links = Links(
        store=store,
        clock=clock,
        settings=settings,
        mail=context.mail,
        public_url=context.urls.public_url,
        key=context.secret("identity.links"),
    )
    accounts = Accounts(store=store, clock=clock, settings=settings, passwords=passwords, links=links)
    sessions = Sessions(
        store=store,
        clock=clock,
        settings=settings,
        passwords=passwords,
        keys=keys,
        links=links,
        refresh_key=context.secret("identity.refresh"),
    )
    return Identity(
        store=store, clock=clock, accounts=accounts, sessions=sessions, keys=keys, links=links, passwords=passwords
    )


manifest = Manifest(
    name="identity",
    summary="Accounts, passwords, sessions and the tokens that prove them",
    port=IdentityPort,
    build=build,
    routers=(router,),
    jobs=(jobs,),
    events=(AccountRegistered, EmailVerified, SessionsRevoked, AccountClosed),
    limits=LIMITS,
    settings=IdentitySettings,
)
