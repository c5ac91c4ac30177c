"""The HTTP face of identity."""

from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from starlette.requests import Request

from stoa.kit.auth.caller import Caller
from stoa.kit.auth.context import current_address
from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.http.router import AUTHENTICATED, PUBLIC, Answer, Cookie, Router
from stoa.kit.names import BadName
from stoa.services.identity.contract import (
    BadEmail,
    LinkRefused,
    LoginDelayed,
    LoginFailed,
    RefreshRefused,
    SessionId,
    WeakPassword,
    WrongPassword,
)
from stoa.services.identity.policy import ACCOUNT, LETTER, LINK, LOGIN, REFRESH, REGISTER
from stoa.services.identity.service.identity import Identity
from stoa.services.identity.service.sessions import Device, Tokens

router = Router("identity")

Email = Annotated[str, msgspec.Meta(min_length=3, max_length=254)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
COOKIE = "stoa_refresh"
COOKIE_PATH = "/api/v1/identity"
COOKIE_LASTS = timedelta(days=30)
# Tells a browser in which the account was proved from those of others; it proves nothing by itself.
DEVICE_COOKIE, DEVICE_LASTS = "stoa_device", timedelta(days=365)


class RegisterIn(Struct, frozen=True, kw_only=True):
    """A new account."""

    email: Email
    password: Password
    display_name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    locale: Annotated[str, msgspec.Meta(max_length=35)] = "en"


class Sent(Struct, frozen=True, kw_only=True):
    """A letter is on its way, if there is anybody to write to."""

    status: str = "sent"


class EmailIn(Struct, frozen=True, kw_only=True):
    """An address to write to."""

    email: Email


class TokenIn(Struct, frozen=True, kw_only=True):
    """The token of a mailed link."""

    token: Token


class LoginIn(Struct, frozen=True, kw_only=True):
    """An address, its password and, if it is not the account's own, the organization to act in."""

    email: Email
    password: Password
    organization_id: OrganizationId | None = None


class RefreshIn(Struct, frozen=True, kw_only=True):
    """The refresh token, where it does not come as a cookie."""

    refresh_token: Token | None = None


class ResetIn(Struct, frozen=True, kw_only=True):
    """The token of a mailed link and the new password."""

    token: Token
    password: Password


class PasswordChangeIn(Struct, frozen=True, kw_only=True):
    """The present password and the next one."""

    current: Password
    password: Password


class EmailChangeIn(Struct, frozen=True, kw_only=True):
    """The new address and the present password."""

    email: Email
    password: Password


class PasswordIn(Struct, frozen=True, kw_only=True):
    """The present password."""

    password: Password


class SwitchIn(Struct, frozen=True, kw_only=True):
    """The organization to act in."""

    organization_id: OrganizationId


class Me(Struct, frozen=True, kw_only=True):
    """The caller's own account."""

    user_id: UserId
    email: str
    email_verified: bool
    organization_id: OrganizationId
    created_at: datetime


class SessionView(Struct, frozen=True, kw_only=True):
    """One device that is logged in."""

    session_id: SessionId
    device: str
    is_current: bool
    created_at: datetime
    used_at: datetime


class SessionList(Struct, frozen=True, kw_only=True):
    """All devices that are logged in."""

    items: list[SessionView]


class AccountRecord(Struct, frozen=True, kw_only=True):
    """What identity keeps about the caller."""

    account: Me
    sessions: list[SessionView]


@router.post(
    "/identity/register", permission=PUBLIC, limit=REGISTER, status=202, errors=(WeakPassword, BadEmail, BadName)
)
async def register(body: RegisterIn, caller: Caller, identity: Identity) -> Sent:
    """Open an account; a link to verify the address is mailed."""
    await identity.accounts.register(
        organization=caller.require_organization(),
        email=body.email,
        password=body.password,
        display_name=body.display_name,
        locale=body.locale,
    )
    return Sent()


@router.post("/identity/verify-email", permission=PUBLIC, limit=LINK, errors=(LinkRefused,))
async def verify_email(body: TokenIn, identity: Identity) -> None:
    """Prove an address by the token that was mailed to it."""
    await identity.accounts.verify_email(token=body.token)


@router.post("/identity/resend-verification", permission=PUBLIC, limit=LETTER, status=202)
async def resend_verification(body: EmailIn, identity: Identity) -> Sent:
    """Mail the verifying link again."""
    await identity.accounts.resend_verification(email=body.email)
    return Sent()


@router.post("/identity/login", permission=PUBLIC, limit=LOGIN, replay=False, errors=(LoginFailed, LoginDelayed))
async def log_in(body: LoginIn, request: Request, identity: Identity) -> Answer[Tokens]:
    """Log in; the refresh token comes in the body and as a cookie that scripts cannot read."""
    device = Device(
        address=current_address(),
        name=request.headers.get("user-agent", ""),
        token=_cookie_of(request, DEVICE_COOKIE) or "",
    )
    tokens = await identity.sessions.log_in(
        email=body.email, password=body.password, device=device, organization=body.organization_id
    )
    known = _known_by(tokens.user_id, request, identity)
    return Answer(tokens, cookies=(_cookie(tokens.refresh_token, request, identity), known))


@router.post("/identity/refresh", permission=PUBLIC, limit=REFRESH, replay=False, errors=(RefreshRefused,))
async def refresh_token(body: RefreshIn, request: Request, identity: Identity) -> Answer[Tokens]:
    """Exchange a refresh token, from the body or the cookie, for new tokens."""
    shown = body.refresh_token or _cookie_of(request)
    if not shown:
        raise RefreshRefused
    return _with_cookie(await identity.sessions.refresh(refresh_token=shown), request, identity)


@router.post("/identity/logout", permission=PUBLIC, limit=REFRESH, replay=False)
async def log_out(body: RefreshIn, request: Request, caller: Caller, identity: Identity) -> Answer[None]:
    """End this session."""
    shown = body.refresh_token or _cookie_of(request)
    if caller.user is not None and caller.session is not None:
        await identity.sessions.end(user=caller.user, session=caller.session)
    elif shown:
        await identity.sessions.end_by_token(refresh_token=shown)
    return Answer(None, status=204, cookies=(_cookie(None, request, identity),))


@router.post("/identity/logout-everywhere", permission=AUTHENTICATED, limit=ACCOUNT)
async def log_out_everywhere(caller: Caller, identity: Identity) -> None:
    """End all sessions of the caller."""
    await identity.sessions.end_all(user=caller.require_user())


@router.post("/identity/forgot", permission=PUBLIC, limit=LETTER, status=202)
async def request_password_reset(body: EmailIn, identity: Identity) -> Sent:
    """Mail a link to choose a new password."""
    await identity.accounts.request_reset(email=body.email)
    return Sent()


@router.post("/identity/reset", permission=PUBLIC, limit=LINK, replay=False, errors=(LinkRefused, WeakPassword))
async def reset_password(body: ResetIn, request: Request, identity: Identity) -> Answer[None]:
    """Choose a new password by a mailed link."""
    user = await identity.accounts.reset_password(token=body.token, password=body.password)
    return Answer(None, status=204, cookies=(_known_by(user, request, identity),))


@router.post(
    "/identity/password", permission=AUTHENTICATED, limit=ACCOUNT, errors=(WrongPassword, LoginDelayed, WeakPassword)
)
async def change_password(body: PasswordChangeIn, caller: Caller, identity: Identity) -> None:
    """Change the caller's password; all devices are logged out."""
    await identity.accounts.change_password(user=caller.require_user(), current=body.current, new=body.password)


@router.post(
    "/identity/email",
    permission=AUTHENTICATED,
    limit=ACCOUNT,
    status=202,
    errors=(WrongPassword, LoginDelayed, BadEmail),
)
async def request_email_change(body: EmailChangeIn, caller: Caller, identity: Identity) -> Sent:
    """Mail a link to the caller's new address."""
    await identity.accounts.request_email_change(user=caller.require_user(), password=body.password, email=body.email)
    return Sent()


@router.post("/identity/email/confirm", permission=PUBLIC, limit=LINK, errors=(LinkRefused,))
async def confirm_email_change(body: TokenIn, identity: Identity) -> None:
    """Move the account to the address that the link was mailed to."""
    await identity.accounts.confirm_email_change(token=body.token)


@router.post("/identity/email/undo", permission=PUBLIC, limit=LINK, errors=(LinkRefused,))
async def undo_email_change(body: TokenIn, identity: Identity) -> None:
    """Move the account back to its former address."""
    await identity.accounts.undo_email_change(token=body.token)


@router.get("/identity/me", permission=AUTHENTICATED)
async def me(caller: Caller, identity: Identity) -> Me:
    """The caller's own account."""
    return await _me(caller, identity)


@router.get("/identity/sessions", permission=AUTHENTICATED)
async def my_sessions(caller: Caller, identity: Identity) -> SessionList:
    """The devices on which the caller is logged in."""
    return SessionList(items=await _sessions(caller, identity))


@router.delete("/identity/sessions/{session}", permission=AUTHENTICATED, limit=ACCOUNT)
async def end_session(session: UUID, caller: Caller, identity: Identity) -> None:
    """Log out one of the caller's devices."""
    await identity.sessions.end(user=caller.require_user(), session=session)


@router.get("/identity/export", permission=AUTHENTICATED)
async def download_my_account(caller: Caller, identity: Identity) -> AccountRecord:
    """What identity keeps about the caller."""
    return AccountRecord(account=await _me(caller, identity), sessions=await _sessions(caller, identity))


@router.post("/identity/close", permission=AUTHENTICATED, limit=ACCOUNT, errors=(WrongPassword, LoginDelayed))
async def close_account(body: PasswordIn, caller: Caller, identity: Identity) -> None:
    """Close the caller's account."""
    await identity.accounts.close(user=caller.require_user(), password=body.password)


@router.post("/identity/switch", permission=AUTHENTICATED, limit=ACCOUNT, replay=False, errors=(RefreshRefused,))
async def switch_organization(body: SwitchIn, request: Request, caller: Caller, identity: Identity) -> Answer[Tokens]:
    """Act in another organization from now on."""
    if caller.session is None:
        raise RefreshRefused
    tokens = await identity.sessions.switch(
        user=caller.require_user(), session=caller.session, organization=body.organization_id
    )
    return _with_cookie(tokens, request, identity)


async def _me(caller: Caller, identity: Identity) -> Me:
    user = caller.require_user()
    accounts = await identity.accounts_of(users=[user])
    if not accounts:
        raise RefreshRefused
    account = accounts[0]
    return Me(
        user_id=user,
        email=account.email,
        email_verified=account.is_verified,
        organization_id=caller.require_organization(),
        created_at=account.created_at,
    )


async def _sessions(caller: Caller, identity: Identity) -> list[SessionView]:
    found = await identity.sessions.open_sessions_of(user=caller.require_user())
    return [
        SessionView(
            session_id=SessionId(session.key.session),
            device=session.device,
            is_current=session.key.session == caller.session,
            created_at=session.created_at,
            used_at=session.rotated_at,
        )
        for session in found
    ]


def _cookie_of(request: Request, name: str = COOKIE) -> str | None:
    # Another origin of the same host (the one that serves users' pages) must not spend the cookie.
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        return None
    return request.cookies.get(name)


def _with_cookie(tokens: Tokens, request: Request, identity: Identity) -> Answer[Tokens]:
    return Answer(tokens, cookies=(_cookie(tokens.refresh_token, request, identity),))


def _known_by(user: UserId, request: Request, identity: Identity) -> Cookie:
    token = identity.sessions.device_token(user=user, shown=_cookie_of(request, DEVICE_COOKIE) or "")
    return _cookie(token, request, identity, name=DEVICE_COOKIE, lasts=DEVICE_LASTS)


def _cookie(
    value: str | None, request: Request, identity: Identity, *, name: str = COOKIE, lasts: timedelta = COOKIE_LASTS
) -> Cookie:
    # Behind a proxy that ends TLS the request itself looks plain; where people reach us tells.
    secure = "https" in (request.url.scheme, urlsplit(identity.links.public_url).scheme)
    return Cookie(name, value, path=COOKIE_PATH, lasts=lasts, secure=secure)
