"""What blocks are made of: the files of a course, and the problems that the assessment service keeps for it."""

from typing import Annotated

import msgspec

from stoa.kit.blobs import Blobs
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.errors import Invalid
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort, ProblemSource
from stoa.services.assessment.contract.problem import Problem
from stoa.services.courses.contract import CourseId, CourseNotFound, NodeId, NodeNotFound, ProblemContent
from stoa.services.courses.domain.delivery import content_pointers, media_url
from stoa.services.courses.domain.drafts import DraftCourse, NodeEdit, NodeView
from stoa.services.courses.domain.files import batches, safe_name
from stoa.services.courses.domain.html import pointers
from stoa.services.courses.domain.olx.links import asset_url
from stoa.services.courses.domain.outline import Tree
from stoa.services.courses.domain.snapshot import AssetEntry
from stoa.services.courses.service.authoring import Authoring, open_draft
from stoa.services.courses.service.importing import blob_key, type_of
from stoa.services.courses.store.courses import CoursesTx
from stoa.services.media.contract import AssetInUse, Film, FilmTrack, MediaPort


class CourseAsset(Struct, frozen=True, kw_only=True):
    """A file of a course: `reference` is what contents say, `url` where it can be fetched.

    `note` says plainly how a film is delivered when it is not in several sizes; `has_ladder` that it is.
    """

    name: str
    reference: str
    url: str
    sha256: str
    content_type: str
    size: int
    licence: str
    has_ladder: bool = False
    poster_url: str = ""
    captions: list[FilmTrack] = []
    note: str = ""


class NewAsset(Struct, frozen=True, kw_only=True):
    """A file that was uploaded to media and shall be used in the course under a name."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    licence: Annotated[str, msgspec.Meta(max_length=200)] = ""


class ProblemEdit(Struct, frozen=True, kw_only=True):
    """A problem in full, or its source in OLX."""

    problem: Problem | None = None
    olx: Annotated[str, msgspec.Meta(max_length=500_000)] = ""


class Materials:
    """Files and problems of drafts."""

    def __init__(
        self,
        *,
        store: Store[CoursesTx],
        assessment: AssessmentPort,
        media: MediaPort,
        blobs: Blobs,
        clock: Clock,
        authoring: Authoring,
    ) -> None:
        self._store, self._assessment, self._blobs, self._clock = store, assessment, blobs, clock
        self._media, self._authoring = media, authoring

    async def assets(
        self, *, organization: OrganizationId, course: CourseId, viewer: UserId | None = None
    ) -> list[CourseAsset]:
        """Return the files of a draft by name, films with what is made of them."""
        async with self._store.reading(organization=organization) as tx:
            if await tx.course(course) is None:
                raise CourseNotFound
            found = await tx.assets(course)
        wanted = sorted({entry.sha256 for entry in found.values() if entry.content_type.startswith("video/")})
        films: dict[str, Film] = {}
        for batch in batches(wanted):
            answer = await self._media.films_of(organization=organization, files=batch, viewer=viewer)
            films |= {film.sha256: film for film in answer}
        return [_shown(organization, name, entry, films.get(entry.sha256)) for name, entry in found.items()]

    async def add_asset(self, *, organization: OrganizationId, course: CourseId, asset: NewAsset) -> CourseAsset:
        """Let a course use an uploaded file under a name; the same name again replaces the file in the draft."""
        name = safe_name(asset.name)
        title = (await self._authoring.course(organization=organization, course=course)).fields.title
        # Held first: what is there after that stays there.
        await self._media.hold(
            organization=organization, holder=course, title=title, place="draft", files=[asset.sha256]
        )
        stored = await self._blobs.head(blob_key(organization, asset.sha256))
        entry = AssetEntry(
            sha256=asset.sha256, content_type=type_of(name), size=stored.size, licence=asset.licence.strip()
        )
        async with self._store.transaction(organization=organization) as tx:
            await open_draft(tx, course)
            replaced = (await tx.assets(course)).get(name)
            await tx.save_assets(course, {name: entry})
            await tx.touch(course, at=self._clock.now())
            is_gone = replaced is not None and not await tx.has_bytes(course, replaced.sha256)
        if replaced is not None and is_gone:
            await self._media.release(organization=organization, holder=course, place="draft", files=[replaced.sha256])
        return _shown(organization, name, entry)

    async def remove_asset(self, *, organization: OrganizationId, course: CourseId, name: str) -> None:
        """Take a file out of a draft that does not use it; snapshots keep it."""
        async with self._store.transaction(organization=organization) as tx:
            draft = await open_draft(tx, course)
            entry = (await tx.assets(course)).get(name)
            if entry is None:
                raise NodeNotFound("There is no such file in the course")
            used_by = _users_of(name, Tree(await tx.nodes(course)), draft)
            if used_by:
                raise AssetInUse(f"It is used by {', '.join(used_by[:5])}.", fields={"used_by": used_by})
            await tx.remove_asset(course, name)
            await tx.touch(course, at=self._clock.now())
            gone = [] if await tx.has_bytes(course, entry.sha256) else [entry.sha256]
        await self._media.release(organization=organization, holder=course, place="draft", files=gone)

    async def problem(self, *, organization: OrganizationId, course: CourseId, node: NodeId) -> Problem:
        """Return the whole problem of a block, key included: for its authors."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.node(course, node)
        if found is None or not isinstance(found.content, ProblemContent) or found.content.problem is None:
            raise NodeNotFound("There is no problem here yet")
        return (await self._assessment.problems_of(organization=organization, ids=[found.content.problem]))[0]

    async def write_problem(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        node: NodeId,
        edit: ProblemEdit,
        version: int,
        author: UserId | None,
    ) -> NodeView:
        """Give a block a new version of its problem; answers to the old one keep theirs."""
        if edit.problem is not None:
            written = await self._assessment.save_problem(organization=organization, problem=edit.problem)
        else:
            source = ProblemSource(key=str(node), source=edit.olx)
            answer = (await self._assessment.import_problems(organization=organization, sources=[source]))[0]
            if answer.problem is None:
                raise Invalid(f"The problem cannot be read: {answer.reason}")
            written = answer.problem
        return await self._authoring.update_node(
            organization=organization,
            course=course,
            node=node,
            edit=NodeEdit(content=ProblemContent(problem=written)),
            version=version,
            author=author,
            is_written=True,
        )


def _users_of(name: str, tree: Tree, draft: DraftCourse) -> list[str]:
    """Return the titles of what uses a file in a draft."""
    reference = asset_url(name)
    blocks = [node.title or node.key for node in tree.reading_order() if reference in content_pointers(node.content)]
    pages = [page.title for page in draft.pages if reference in pointers(page.html)]
    return [*blocks, *pages, *(["the picture of the course"] if draft.fields.image == name else [])]


def _shown(organization: OrganizationId, name: str, entry: AssetEntry, film: Film | None = None) -> CourseAsset:
    return CourseAsset(
        name=name,
        reference=asset_url(name),
        url=media_url(organization, sha256=entry.sha256, name=name),
        sha256=entry.sha256,
        content_type=entry.content_type,
        size=entry.size,
        licence=entry.licence,
        has_ladder=film is not None and film.ladder_url != "",
        poster_url=film.poster_url if film else "",
        captions=film.captions if film else [],
        note=film.note if film else "",
    )
