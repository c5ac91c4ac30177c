"""What authors ask of courses over HTTP."""

from typing import Literal
from uuid import UUID

from starlette.responses import HTMLResponse, Response

from stoa.kit.auth.caller import Caller
from stoa.kit.blobs import BlobNotFound
from stoa.kit.contract import Page
from stoa.kit.errors import Invalid, PreconditionFailed
from stoa.kit.http.cursor import PageQuery
from stoa.kit.http.etag import IfMatch
from stoa.kit.http.router import MEMBER, PUBLIC, Router
from stoa.kit.http.static import ContentPolicy
from stoa.kit.http.upload import Upload
from stoa.services.assessment.contract.problem import Problem
from stoa.services.courses.contract import (
    CourseId,
    CourseIsArchived,
    CourseNotFound,
    ImportNotFound,
    NodeId,
    NodeNotFound,
    NotReadyToPublish,
    SlugTaken,
    UnitContent,
    WrongPlace,
)
from stoa.services.courses.domain.check import Finding
from stoa.services.courses.domain.drafts import (
    CourseEdit,
    CourseLine,
    DraftCourse,
    DraftOutline,
    ExportState,
    ImportReport,
    ImportStarted,
    NewCourse,
    NewNode,
    NodeEdit,
    NodeMove,
    NodeView,
    Publication,
    PublishNote,
    RollBack,
    TransferStarted,
)
from stoa.services.courses.policy import (
    AUTHORS,
    CREATE,
    EDIT,
    MAX_UPLOAD_BYTES,
    PACKAGES,
    PRESENCE,
    PUBLISH,
    PUBLISHING,
    READ_DRAFT,
    TEACHERS,
    WRITES,
)
from stoa.services.courses.service.courses import Courses
from stoa.services.courses.service.materials import CourseAsset, NewAsset, ProblemEdit
from stoa.services.courses.service.presence import Editing, Others
from stoa.services.courses.service.publishing import PublishDiff
from stoa.services.media.contract import AssetInUse

router = Router("courses")
pages = Router("courses", prefix="")

DRAFT_ERRORS = (CourseNotFound, NodeNotFound, CourseIsArchived, WrongPlace, PreconditionFailed)


@router.post("/courses", permission=CREATE, limit=WRITES, status=201, errors=(SlugTaken,))
async def create_course(body: NewCourse, caller: Caller, courses: Courses) -> DraftCourse:
    """Start an empty course."""
    return await courses.authoring.create_course(organization=caller.require_organization(), body=body)


@router.get("/courses", permission=MEMBER)
async def my_courses(
    page: PageQuery, caller: Caller, courses: Courses, may: Literal["edit", "teach"] = "edit", slug: str = ""
) -> Page[CourseLine]:
    """List the courses that I may edit, or those that I may teach; with a slug, the course of that address."""
    roles = AUTHORS if may == "edit" else TEACHERS
    return await courses.authoring.courses_for(caller, page=page, roles=roles, slug=slug)


@router.post(
    "/courses/import", permission=CREATE, limit=PACKAGES, status=202, body_limit=MAX_UPLOAD_BYTES, deadline_s=None
)
async def import_course(
    upload: Upload, caller: Caller, courses: Courses, format: Literal["olx", "course"] = "olx", filename: str = ""
) -> ImportStarted:
    """Bring a course in from a package; it becomes a draft."""
    return await courses.transfers.start_import(
        organization=caller.require_organization(),
        format_=format,
        filename=filename or upload.filename or "package",
        body=upload.chunks(),
        author=caller.user,
    )


@router.get("/courses/imports/{import_id}", permission=CREATE, errors=(ImportNotFound,))
async def import_report(import_id: UUID, page: PageQuery, caller: Caller, courses: Courses) -> ImportReport:
    """Tell how far an import is and what became of every part."""
    return await courses.transfers.import_report(
        organization=caller.require_organization(), transfer=import_id, page=page
    )


@router.get("/courses/{course}", permission=READ_DRAFT, scope="course", etag=True, errors=(CourseNotFound,))
async def course_draft(course: CourseId, caller: Caller, courses: Courses) -> DraftCourse:
    """Read the draft of a course without its tree."""
    return await courses.authoring.course(organization=caller.require_organization(), course=course)


@router.patch(
    "/courses/{course}", permission=EDIT, scope="course", limit=WRITES, etag=True, errors=(*DRAFT_ERRORS, SlugTaken)
)
async def update_course(
    course: CourseId, body: CourseEdit, if_match: IfMatch, caller: Caller, courses: Courses
) -> DraftCourse:
    """Change the fields or pages of a draft."""
    return await courses.authoring.update_course(
        organization=caller.require_organization(), course=course, edit=body, version=if_match.version
    )


@router.get("/courses/{course}/outline", permission=READ_DRAFT, scope="course", errors=(CourseNotFound,))
async def draft_outline(course: CourseId, caller: Caller, courses: Courses) -> DraftOutline:
    """Read the tree of a draft."""
    return await courses.authoring.outline(organization=caller.require_organization(), course=course)


@router.post(
    "/courses/{course}/nodes", permission=EDIT, scope="course", limit=WRITES, status=201, etag=True, errors=DRAFT_ERRORS
)
async def add_node(course: CourseId, body: NewNode, caller: Caller, courses: Courses) -> NodeView:
    """Add a section, subsection, unit or block."""
    return await courses.authoring.add_node(
        organization=caller.require_organization(), course=course, body=body, author=caller.user
    )


@router.get("/courses/{course}/nodes/{node}", permission=READ_DRAFT, scope="course", etag=True, errors=(NodeNotFound,))
async def draft_node(course: CourseId, node: NodeId, caller: Caller, courses: Courses) -> NodeView:
    """Read one node with all of its content."""
    organization = caller.require_organization()
    return await courses.authoring.node(organization=organization, course=course, node=node, reader=caller)


@router.patch(
    "/courses/{course}/nodes/{node}", permission=EDIT, scope="course", limit=WRITES, etag=True, errors=DRAFT_ERRORS
)
async def update_node(
    course: CourseId, node: NodeId, body: NodeEdit, if_match: IfMatch, caller: Caller, courses: Courses
) -> NodeView:
    """Change the title, settings or content of a node."""
    return await courses.authoring.update_node(
        organization=caller.require_organization(),
        course=course,
        node=node,
        edit=body,
        version=if_match.version,
        author=caller.user,
    )


@router.post("/courses/{course}/nodes/{node}/move", permission=EDIT, scope="course", limit=WRITES, errors=DRAFT_ERRORS)
async def move_node(course: CourseId, node: NodeId, body: NodeMove, caller: Caller, courses: Courses) -> NodeView:
    """Move a node with all below it."""
    return await courses.authoring.move_node(
        organization=caller.require_organization(), course=course, node=node, move=body, author=caller.user
    )


@router.delete(
    "/courses/{course}/nodes/{node}", permission=EDIT, scope="course", limit=WRITES, errors=DRAFT_ERRORS, status=204
)
async def remove_node(course: CourseId, node: NodeId, if_match: IfMatch, caller: Caller, courses: Courses) -> None:
    """Take a node and all below it out of the draft."""
    await courses.authoring.remove_node(
        organization=caller.require_organization(),
        course=course,
        node=node,
        version=if_match.version,
        author=caller.user,
    )


@router.get("/courses/{course}/nodes/{node}/problem", permission=EDIT, scope="course", errors=(NodeNotFound,))
async def draft_problem(course: CourseId, node: NodeId, caller: Caller, courses: Courses) -> Problem:
    """Read the whole problem of a block, key included."""
    return await courses.materials.problem(organization=caller.require_organization(), course=course, node=node)


@router.put(
    "/courses/{course}/nodes/{node}/problem",
    permission=EDIT,
    scope="course",
    limit=WRITES,
    etag=True,
    errors=(*DRAFT_ERRORS, Invalid),
)
async def update_problem(
    course: CourseId, node: NodeId, body: ProblemEdit, if_match: IfMatch, caller: Caller, courses: Courses
) -> NodeView:
    """Write the problem of a block, in full or in OLX."""
    return await courses.materials.write_problem(
        organization=caller.require_organization(),
        course=course,
        node=node,
        edit=body,
        version=if_match.version,
        author=caller.user,
    )


@router.get("/courses/{course}/assets", permission=READ_DRAFT, scope="course", errors=(CourseNotFound,))
async def course_assets(course: CourseId, caller: Caller, courses: Courses) -> list[CourseAsset]:
    """List the files of a course."""
    return await courses.materials.assets(
        organization=caller.require_organization(), course=course, viewer=caller.require_user()
    )


@router.post(
    "/courses/{course}/assets",
    permission=EDIT,
    scope="course",
    limit=WRITES,
    status=201,
    errors=(CourseNotFound, CourseIsArchived, BlobNotFound),
)
async def add_course_asset(course: CourseId, body: NewAsset, caller: Caller, courses: Courses) -> CourseAsset:
    """Use an uploaded file in a course under a name."""
    return await courses.materials.add_asset(organization=caller.require_organization(), course=course, asset=body)


@router.delete(
    "/courses/{course}/assets/{name:path}",
    permission=EDIT,
    scope="course",
    limit=WRITES,
    status=204,
    errors=(CourseNotFound, CourseIsArchived, NodeNotFound, AssetInUse),
)
async def remove_course_asset(course: CourseId, name: str, caller: Caller, courses: Courses) -> None:
    """Take a file out of a draft that does not use it."""
    await courses.materials.remove_asset(organization=caller.require_organization(), course=course, name=name)


@router.post("/courses/{course}/presence", permission=EDIT, scope="course", limit=PRESENCE, errors=(CourseNotFound,))
async def note_presence(course: CourseId, body: Editing, caller: Caller, courses: Courses) -> Others:
    """Say that one's editor is open, and see who else's is."""
    return await courses.presence.beat(
        organization=caller.require_organization(), course=course, user=caller.require_user(), editing=body
    )


@router.delete("/courses/{course}/presence", permission=EDIT, scope="course", limit=PRESENCE, status=204)
async def end_presence(course: CourseId, caller: Caller, courses: Courses) -> None:
    """Say that one's editor is closed."""
    await courses.presence.leave(organization=caller.require_organization(), course=course, user=caller.require_user())


@router.post(
    "/courses/{course}/check", permission=READ_DRAFT, scope="course", limit=PUBLISHING, errors=(CourseNotFound,)
)
async def check_course(course: CourseId, caller: Caller, courses: Courses) -> list[Finding]:
    """List what speaks against publishing."""
    return await courses.publishing.check(organization=caller.require_organization(), course=course)


@router.get("/courses/{course}/diff", permission=READ_DRAFT, scope="course", errors=(CourseNotFound,))
async def publish_diff(course: CourseId, caller: Caller, courses: Courses) -> PublishDiff:
    """Compare the draft with what learners read."""
    return await courses.publishing.difference(organization=caller.require_organization(), course=course)


@router.post(
    "/courses/{course}/publish",
    permission=PUBLISH,
    scope="course",
    limit=PUBLISHING,
    errors=(CourseNotFound, CourseIsArchived, NotReadyToPublish),
)
async def publish_course(course: CourseId, body: PublishNote, caller: Caller, courses: Courses) -> Publication:
    """Make the draft what learners read."""
    return await courses.publishing.publish(
        organization=caller.require_organization(), course=course, note=body.note, author=caller.user
    )


@router.get("/courses/{course}/snapshots", permission=READ_DRAFT, scope="course", errors=(CourseNotFound,))
async def snapshots(course: CourseId, caller: Caller, courses: Courses) -> list[Publication]:
    """List what was published when, the latest first."""
    return await courses.publishing.publications(organization=caller.require_organization(), course=course)


@router.post(
    "/courses/{course}/rollback",
    permission=PUBLISH,
    scope="course",
    limit=PUBLISHING,
    errors=(CourseNotFound, NodeNotFound, CourseIsArchived),
)
async def roll_back_course(course: CourseId, body: RollBack, caller: Caller, courses: Courses) -> Publication:
    """Let learners read an older snapshot again."""
    return await courses.publishing.roll_back(
        organization=caller.require_organization(),
        course=course,
        snapshot=body.snapshot,
        note=body.note,
        author=caller.user,
    )


@router.post(
    "/courses/{course}/export",
    permission=EDIT,
    scope="course",
    limit=PACKAGES,
    status=202,
    errors=(CourseNotFound,),
)
async def export_course(course: CourseId, caller: Caller, courses: Courses) -> TransferStarted:
    """Write the course to a package, the keys of its problems included."""
    return await courses.transfers.start_export(
        organization=caller.require_organization(), course=course, author=caller.user
    )


@router.get("/courses/{course}/exports/{export}", permission=EDIT, scope="course", errors=(ImportNotFound,))
async def export_state(course: CourseId, export: UUID, caller: Caller, courses: Courses) -> ExportState:
    """Tell how far an export is and where to fetch it."""
    return await courses.transfers.export_state(
        organization=caller.require_organization(), course=course, transfer=export
    )


@router.get(
    "/courses/{course}/preview/units/{unit}",
    permission=READ_DRAFT,
    scope="course",
    errors=(CourseNotFound, NodeNotFound),
)
async def preview_unit(course: CourseId, unit: NodeId, caller: Caller, courses: Courses) -> UnitContent:
    """Read a unit of the draft as learners would get it."""
    return await courses.reading.preview_of(organization=caller.require_organization(), course=course, unit=unit)


@router.post(
    "/courses/{course}/archive", permission=PUBLISH, scope="course", limit=PUBLISHING, errors=(CourseNotFound,)
)
async def archive_course(course: CourseId, caller: Caller, courses: Courses) -> DraftCourse:
    """Take a course out of the catalogue."""
    return await courses.authoring.archive_course(organization=caller.require_organization(), course=course)


@pages.get("/embed/{token}", permission=PUBLIC, produces="text/html", errors=(NodeNotFound,))
async def sandbox_page(token: str, courses: Courses) -> Response:
    """Show an author's page with scripts in its sandbox; the content origin passes this on."""
    page = await courses.reading.sandbox_page(token)
    keep = "public, max-age=3600" if page.is_final else "no-store"
    # The sandbox goes with the page, wherever it is asked for: it never has an origin of ours.
    ours = (courses.sandbox.public_url,)
    policy = (
        ContentPolicy.for_elsewhere(embedded_by=ours)
        if page.is_elsewhere
        else ContentPolicy.for_content(embedded_by=ours).extended("default-src", "https:")
    )
    return HTMLResponse(page.html, headers={"cache-control": keep, "content-security-policy": policy.header()})
