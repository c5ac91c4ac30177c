"""What can keep the embedded PostgreSQL from serving; each error says what is wrong and what to do next."""

from stoa.kit.errors import EnvironmentProblem


class PostgresUnavailable(EnvironmentProblem):
    """The embedded PostgreSQL could not be brought up or kept up."""

    code, title = "postgres.unavailable", "PostgreSQL could not be started"


class AlreadyRunning(PostgresUnavailable):
    """Another process owns this home, and only one may."""

    code, title = "postgres.already_running", "This home is already in use"


class SocketInUse(PostgresUnavailable):
    """Another PostgreSQL answers on the socket that this home needs."""

    code, title = "postgres.socket_in_use", "The database socket is in use"


class DiskFull(PostgresUnavailable):
    """The disk of the home has no room for the database to work."""

    code, title = "postgres.disk_full", "The disk is full"


class HomeNotWritable(PostgresUnavailable):
    """The home cannot be written: read-only, or somebody else's."""

    code, title = "postgres.home_not_writable", "The home cannot be written"


class OtherMajorVersion(PostgresUnavailable):
    """The home holds the data of another major version of PostgreSQL."""

    code, title = "postgres.other_major_version", "The home holds data of another PostgreSQL version"


class BinariesMissing(PostgresUnavailable):
    """The PostgreSQL that Stoa brings along is not installed for this machine."""

    code, title = "postgres.binaries_missing", "PostgreSQL is not installed"


class NoAccount(PostgresUnavailable):
    """Run as root, and there is neither a user namespace nor an unprivileged account to run PostgreSQL in."""

    code, title = "postgres.no_account", "PostgreSQL cannot run as root here"


class DatabaseUnreachable(EnvironmentProblem):
    """The PostgreSQL that the settings name does not let us in."""

    code, title = "postgres.unreachable", "The database cannot be reached"


class BackupFailed(EnvironmentProblem):
    """The backup could not be written; no file was left under the name asked for."""

    code, title = "backup.failed", "The backup could not be made"


class ArchiveExists(EnvironmentProblem):
    """There is a file under the name asked for, and nobody said that it may be replaced."""

    code, title = "backup.archive_exists", "There is such a file already"


class RestoreFailed(EnvironmentProblem):
    """The backup could not be loaded; the target was left as it was."""

    code, title = "backup.restore_failed", "The backup could not be restored"


class BackupDamaged(EnvironmentProblem):
    """The archive is not a backup, or not the bytes that were written."""

    code, title = "backup.damaged", "The backup is damaged"


class RestoreMismatch(EnvironmentProblem):
    """What was loaded differs from what was saved; the target was left as it was."""

    code, title = "backup.mismatch", "The restored data differs from the backup"


class TargetNotEmpty(EnvironmentProblem):
    """The target holds data that a restore would replace."""

    code, title = "backup.target_not_empty", "The target is not empty"
