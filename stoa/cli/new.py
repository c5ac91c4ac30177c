"""`stoa new service NAME`: the first stones of a service, in one folder that nothing else has to know of."""

import re
import subprocess
import sys
from pathlib import Path

import click

from stoa.cli import stones
from stoa.kit.errors import Conflict, EnvironmentProblem, Invalid

MOST_SERVICES = 24


class NameInvalid(Invalid):
    """A service is called by one lower-case word of 3 to 20 letters."""

    code, title = "new.name_invalid", "That cannot be the name of a service"


class ServiceExists(Conflict):
    """There is such a service already."""

    code, title = "new.service_exists", "There is such a service already"


class HouseFull(Conflict):
    """The 25th service needs a written decision."""

    code, title = "new.house_full", "There are 24 services"


class NotInAClone(EnvironmentProblem):
    """Services are added in a clone of the project, not in an installed Stoa."""

    code, title = "new.not_in_a_clone", "This is not a clone of the project"


@click.group()
def new() -> None:
    """Lay the first stones of something new."""


@new.command()
@click.argument("name")
@click.option("--summary", default="", help="What the service owns, in one sentence.")
@click.option("--store", "with_store", is_flag=True, help="With a table of its own and the queries on it.")
@click.option("--routes", "with_routes", is_flag=True, help="With a first route.")
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="The clone to add it to."
)
def service(name: str, summary: str, with_store: bool, with_routes: bool, into: Path) -> None:
    """Lay the first stones of the service NAME, one lower-case word such as `calendar`."""
    folder = lay(into.resolve(), name, summary=summary, with_store=with_store, with_routes=with_routes)
    draw(into.resolve())
    click.echo(f"Laid {folder}: read contract.py first, then say what {name} really is. `make check` is green already.")


def draw(root: Path) -> None:
    """Renew the generated documents of a clone, in a process that finds its new service."""
    subprocess.run([sys.executable, "-m", "stoa", "docs"], cwd=root, check=True, stdout=subprocess.DEVNULL)


def lay(root: Path, name: str, *, summary: str = "", with_store: bool = False, with_routes: bool = False) -> Path:
    """Write a service's folder into a clone and return it; nothing else is touched."""
    house = root / "stoa" / "services"
    if not (root / ".importlinter").exists() or not house.is_dir():
        raise NotInAClone(f"{root} is not a clone of the project", hint="Go to the clone, or name it with --into")
    if not re.fullmatch(r"[a-z]{3,20}", name):
        raise NameInvalid(
            f"{name!r} cannot be the name of a service", hint="Use one lower-case word of 3 to 20 letters"
        )
    present = [path.name for path in house.iterdir() if (path / "__init__.py").exists()]
    if name in present:
        raise ServiceExists(f"stoa/services/{name} exists already", hint="Choose another word, or extend that service")
    if len(present) >= MOST_SERVICES:
        raise HouseFull("The house has 24 services", hint="Write a decision record first, then raise the number")
    words = stones.Words(name=name, summary=summary or f"What {name} owns, in one sentence.")
    for path, text in stones.files_of(words, with_store=with_store, with_routes=with_routes).items():
        place = house / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return house / name
