"""`stoa docs`: generate the map and the reference from the manifests, or check that they are fresh."""

from pathlib import Path

import click

from stoa.kit.errors import EnvironmentProblem


class NotInAClone(EnvironmentProblem):
    """Documents are generated in a clone of the project, not in an installed Stoa."""

    code, title = "docs.not_in_a_clone", "This is not a clone of the project"


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 1 when something is not fresh.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="The clone.")
@click.pass_context
def docs(ctx: click.Context, only_check: bool, into: Path) -> None:
    """Generate the architecture's map, the reference, OpenAPI, AsyncAPI and the schemas of events."""
    from stoa.app.options import PlatformSettings
    from stoa.cli.reference import documents
    from stoa.topology import discover

    root = into.resolve()
    if not (root / documents.ARCHITECTURE).exists():
        raise NotInAClone(f"{root} has no ARCHITECTURE.md", hint="Go to the clone, or name it with --into")
    files = documents.wanted(root, list(discover().values()), PlatformSettings)
    documents.refuse_breaches(root, files)
    if not only_check:
        names = documents.write(root, files)
        click.echo("\n".join(f"wrote {name}" for name in names) or "Everything is fresh.")
        return
    names = documents.stale(root, files)
    if names:
        click.echo("Not fresh (run `make docs` and commit): " + ", ".join(names), err=True)
        ctx.exit(1)
