"""`stoa import`, `stoa export` and `stoa courses`: whole courses from the command line, on a home that runs or not."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import click
import msgspec

from stoa.app.embedded import open_platform, refuse_no_home
from stoa.app.process import Process
from stoa.cli.options import home_option, json_option
from stoa.cli.progress import progress
from stoa.kit.contract import OrganizationId
from stoa.services.courses.contract import CourseId
from stoa.services.courses.service.courses import Courses
from stoa.services.courses.service.importing import Imported
from stoa.services.courses.service.selftesting import SelftestReport
from stoa.services.organizations.contract import OrganizationsPort
from stoa.services.organizations.service.organizations import Organizations

SHOWN_ITEMS = 20
NAMED = 20
FIRST_NAME = "Stoa Demo"


@click.group(name="import")
def import_() -> None:
    """Bring a course in; it becomes a draft that somebody has to publish."""


@import_.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--org", required=True, help="The short name of the organization.")
@home_option
@json_option
def olx(source: Path, org: str, as_json: bool) -> None:
    """Import an Open edX course: a folder, a .tar.gz or a .zip."""
    _show_import(asyncio.run(_bring(source, org, "olx")), as_json)


@import_.command(name="course")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--org", required=True, help="The short name of the organization.")
@home_option
@json_option
def import_course(file: Path, org: str, as_json: bool) -> None:
    """Import a Stoa course: what `stoa export course` wrote, packed or open."""
    _show_import(asyncio.run(_bring(file, org, "course")), as_json)


@click.group()
def export() -> None:
    """Write a course into one file."""


@export.command(name="course")
@click.argument("course")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file [default: SLUG.zip].")
@click.option("--org", help="The short name of the organization, where several have a course of this name.")
@home_option
@json_option
def export_course(course: str, output: Path | None, org: str | None, as_json: bool) -> None:
    """Write the draft of COURSE (an id or a slug) into a package; the same draft gives the same bytes."""
    target, size = asyncio.run(_take(course, output, org))
    if as_json:
        click.echo(msgspec.json.encode({"file": str(target), "size": size}))
    else:
        click.echo(f"Wrote {target}, {size:,} bytes.")


@click.group()
def courses() -> None:
    """Work on courses."""


@courses.command()
@click.argument("course")
@click.option("--org", help="The short name of the organization, where several have a course of this name.")
@home_option
@json_option
@click.pass_context
def selftest(ctx: click.Context, course: str, org: str | None, as_json: bool) -> None:
    """Answer every problem of COURSE (an id or a slug) with its own key, and with answers that must be wrong."""
    report = asyncio.run(_test(course, org))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
    else:
        _say_selftest(report)
    if report.failed:
        ctx.exit(1)


async def _bring(source: Path, org: str, format_: str) -> Imported:
    with progress() as show:
        async with open_platform(tell=show) as platform:
            return await _service(platform).importing.import_path(
                organization=await _organization(platform, org),
                path=source,
                format_=format_,
                author=None,
                report=_steps(show),
            )


async def _take(course: str, output: Path | None, org: str | None) -> tuple[Path, int]:
    refuse_no_home()
    with progress() as show:
        async with open_platform(tell=show) as platform:
            organization, found = await _find(platform, course, org)
            service = _service(platform)
            draft = await service.authoring.course(organization=organization, course=found)
            target = (output or Path(f"{draft.fields.slug}.zip")).resolve()
            if not target.parent.is_dir():
                raise click.UsageError(f"There is no folder {target.parent}.")
            if target.exists() and not target.is_file():
                raise click.UsageError(f"{target} is no plain file.")
            size = await service.exporting.export_to(
                organization=organization, course=found, path=target, report=_steps(show)
            )
            return output or Path(target.name), size


async def _test(course: str, org: str | None) -> SelftestReport:
    refuse_no_home()
    with progress() as show:
        async with open_platform(tell=show) as platform:
            organization, found = await _find(platform, course, org)
            show("Answering every problem")
            return await _service(platform).selftesting.selftest(organization=organization, course=found)


async def _find(platform: Process, course: str, org: str | None) -> tuple[OrganizationId, CourseId]:
    organization = await _organization(platform, org) if org else None
    found = await _service(platform).selftesting.find(course=course, organization=organization)
    if not found:
        slugs = await _service(platform).selftesting.slugs(organization=organization, at_most=NAMED + 1)
        where = f" in {org}" if org else ""
        raise click.UsageError(f"There is no course {course}{where}; {_those(slugs)}.")
    if len(found) > 1:
        tenants = [await _organizations(platform).tenant(organization=home) for home, _ in found]
        names = ", ".join(sorted(one.organization.slug for one in tenants))
        raise click.UsageError(f"Several organizations have a course {course} ({names}): name one with --org.")
    return found[0]


async def _organization(platform: Process, slug: str) -> OrganizationId:
    organizations = platform.port(OrganizationsPort)
    found = await organizations.organization_by_slug(slug=slug)
    if found is None and slug == platform.settings.organization:
        # A home that was never started lacks the organization that its first start would make.
        found = await organizations.ensure_organization(slug=slug, name=FIRST_NAME)
    if found is None:
        # One that was never started has only the organization that its first start would make.
        slugs = await _organizations(platform).slugs(at_most=NAMED + 1) or [platform.settings.organization]
        raise click.UsageError(f"There is no organization {slug}; {_those(slugs)}.")
    return found.organization


def _those(slugs: list[str]) -> str:
    more = " and more" if len(slugs) > NAMED else ""
    return (
        f"there {'is' if len(slugs) == 1 else 'are'} {', '.join(slugs[:NAMED])}{more}"
        if slugs
        else "there are none yet"
    )


def _service(platform: Process) -> Courses:
    return cast(Courses, platform.services["courses"])  # cast: the manifest of courses builds this class


def _organizations(platform: Process) -> Organizations:
    return cast(Organizations, platform.services["organizations"])  # cast: as above


def _steps(show: Callable[[str], None]) -> Callable[[int, int, str], Awaitable[None]]:
    async def report(done: int, total: int, note: str) -> None:
        show(f"{note} ({done}/{total})")

    return report


def _show_import(done: Imported, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(done), indent=2))
        return
    counts = done.blocks
    click.echo(
        f"{done.slug} ({done.course}): found {counts.found}, imported {counts.imported}, "
        f"converted with loss {counts.converted_with_loss}, skipped {counts.skipped}"
        + ("." if done.changed else "; nothing had changed.")
    )
    orphans = sum(item.reason == "orphan" for item in done.items)
    if orphans:
        click.echo(f"  {orphans} of the skipped are files that nothing in the course uses (orphan).")
    told = [item for item in done.items if item.reason and item.reason != "orphan"]
    for item in told[:SHOWN_ITEMS]:
        click.echo(f"  {item.outcome.value}: {item.path}: {item.reason}")
    if len(told) > SHOWN_ITEMS:
        click.echo(f"  and {len(told) - SHOWN_ITEMS} more: --json lists them all.")


def _say_selftest(report: SelftestReport) -> None:
    click.echo(f"{report.problems} problems, {report.clean} clean, {len(report.unsupported)} unsupported.")
    for line in report.failed:
        click.echo(f"  failed: {line.path} ({line.kind}): {line.reason}")
    for line in report.unsupported:
        click.echo(f"  unsupported: {line.path} ({line.kind}): {line.reason}")
