"""Every knob of identity: settings and limits; nobody needs a permission for their own account."""

from datetime import timedelta

from stoa.kit.limits import Limit
from stoa.kit.settings import Settings, setting


class IdentitySettings(Settings, prefix="identity"):
    """How long things last and how hard guessing is made."""

    access_token_lifetime: timedelta = setting(
        timedelta(minutes=15), unit="seconds", maximum=timedelta(minutes=15), help="How long an access token is good"
    )
    session_lifetime: timedelta = setting(
        timedelta(days=30), unit="seconds", help="How long a session lives without being used"
    )
    refresh_grace: timedelta = setting(
        timedelta(seconds=20),
        unit="seconds",
        help="How long the refresh token before the last still repeats its answer",
    )
    link_lifetime: timedelta = setting(
        timedelta(hours=24), unit="seconds", help="How long a mailed link to verify or to reset is good"
    )
    undo_lifetime: timedelta = setting(
        timedelta(days=7), unit="seconds", help="How long a change of address can be undone from the old one"
    )
    password_minimum: int = setting(10, unit="characters", minimum=8, help="The shortest password")
    require_verified_email: bool = setting(True, help="Whether an address must be verified before the first login")
    free_failures: int = setting(4, help="Failed logins of one account from one subnet before they are delayed")
    delay_ceiling: timedelta = setting(
        timedelta(minutes=15), unit="seconds", help="The longest delay after failed logins"
    )
    account_free_failures: int = setting(
        20, help="Failed logins of one account from all unknown devices together before they are delayed"
    )
    account_delay_ceiling: timedelta = setting(
        timedelta(minutes=1),
        unit="seconds",
        help="The longest delay that failures elsewhere cause; a device that was logged in before is not delayed",
    )
    letters_an_hour: int = setting(
        5, minimum=1, help="Letters of one kind that one account is sent in an hour, whoever asks for them"
    )
    hashing_threads: int = setting(2, minimum=1, maximum=8, help="Threads that compute argon2id, 19 MiB each")
    hashing_queue: int = setting(16, minimum=1, help="Passwords that may wait for a thread before the rest is shed")


LOGIN = Limit("identity.login", per_address=30, overall=600, per_s=60)
REGISTER = Limit("identity.register", per_address=20, overall=1200, per_s=60)
LETTER = Limit("identity.letter", per_address=10, overall=600, per_s=60)
LINK = Limit("identity.link", per_address=60, per_s=60)
REFRESH = Limit("identity.refresh", per_address=600, per_s=60)
ACCOUNT = Limit("identity.account", per_caller=30, per_s=60)
LIMITS = (LOGIN, REGISTER, LETTER, LINK, REFRESH, ACCOUNT)
