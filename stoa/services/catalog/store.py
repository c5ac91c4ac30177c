"""The SQL of catalog."""

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from stoa.kit.contract import Struct
from stoa.kit.store import UnitOfWork
from stoa.services.catalog.domain import Listing
from stoa.services.courses.contract import CourseId, CourseSummary

_LISTING = "course_id, slug, title, summary, language, categories, image_url, image_alt, published_at"
_PUBLIC = "organization_id = $1 and visibility = 'public' and not archived"
_CATEGORIES = f"unnest(categories) as category where {_PUBLIC}"
# The share of a query's pieces that a title must hold: one letter in eight wrong, or two letters exchanged.
_ALIKE = 0.45


class Words(Struct, frozen=True, kw_only=True):
    """What is found of a course, folded."""

    dictionary: str
    codes: list[str]
    grams: list[str]
    title: str
    categories: str
    summary: str
    outline: str


class Query(Struct, frozen=True, kw_only=True):
    """What somebody searches for, folded."""

    text: str
    prefix: str
    grams: list[str]


class Found(Struct, frozen=True, kw_only=True):
    """A course that was found, how: 3 by its code, 2 by words, 1 by a title written alike, and how well."""

    listing: Listing
    level: int
    score: int


class CatalogTx(UnitOfWork):
    """The questions that catalog asks of its table."""

    async def save(self, course: CourseSummary, words: Words, *, version_at: datetime, archived: bool) -> None:
        """Keep a course as it is at a moment, unless a later state is kept."""
        await self.execute(
            "insert into catalog.listings (organization_id, course_id, version_at, archived, visibility, slug, title,"
            " summary, language, licence, categories, image_url, image_alt, starts_at, ends_at, published_at,"
            " dictionary, codes, grams, document)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,"
            " setweight(to_tsvector('simple', $20) || to_tsvector($17::text::regconfig, $20), 'A')"
            " || setweight(to_tsvector('simple', $21) || to_tsvector($17::text::regconfig, $21), 'B')"
            " || setweight(to_tsvector($17::text::regconfig, $22), 'C')"
            " || setweight(to_tsvector($17::text::regconfig, $23), 'D'))"
            " on conflict (organization_id, course_id) do update set version_at = excluded.version_at,"
            " archived = excluded.archived, visibility = excluded.visibility, slug = excluded.slug,"
            " title = excluded.title, summary = excluded.summary, language = excluded.language,"
            " licence = excluded.licence, categories = excluded.categories, image_url = excluded.image_url,"
            " image_alt = excluded.image_alt, starts_at = excluded.starts_at, ends_at = excluded.ends_at,"
            " published_at = excluded.published_at, dictionary = excluded.dictionary, codes = excluded.codes,"
            " grams = excluded.grams, document = excluded.document"
            " where excluded.version_at >= catalog.listings.version_at",
            self.organization, course.id, version_at, archived, course.visibility.value, course.slug, course.title,
            course.summary, course.language, course.licence, course.categories, course.image_url, course.image_alt,
            course.starts_at, course.ends_at, course.published_at, words.dictionary, words.codes, words.grams,
            words.title, words.categories, words.summary, words.outline,
        )  # fmt: skip

    async def archive(self, course: CourseId, *, at: datetime) -> None:
        """Take a course out of the catalogue, also one that is not in it yet."""
        await self.execute(
            "insert into catalog.listings (organization_id, course_id, version_at, archived, visibility, slug, title,"
            " summary, language, licence, categories, image_url, image_alt, dictionary, codes, grams, document)"
            " values ($1, $2, $3, true, 'private', '', '', '', '', '', '{}', '', '', 'simple', '{}', '{}', '')"
            " on conflict (organization_id, course_id) do update set version_at = excluded.version_at, archived = true"
            " where excluded.version_at >= catalog.listings.version_at",
            self.organization, course, at,
        )  # fmt: skip

    async def reachable(self, *, slug: str | None = None, course: CourseId | None = None) -> CourseId | None:
        """Return a course that the public may read, listed or not, by its address or id."""
        found: UUID | None = await self.fetchval(
            "select course_id from catalog.listings where organization_id = $1 and not archived"
            " and visibility in ('public', 'unlisted') and (slug = $2 or course_id = $3)"
            " order by published_at desc limit 1",
            self.organization, slug, course,
        )  # fmt: skip
        return CourseId(found) if found else None

    async def newest(self, *, category: str | None, after: tuple[datetime, UUID] | None, limit: int) -> list[Listing]:
        """Return the public courses, the last published first."""
        at, course = after or (None, None)
        rows = await self.fetch(
            f"select {_LISTING} from catalog.listings where {_PUBLIC}"  # noqa: S608 (constants)
            " and ($2::text is null or $2 = any(categories))"
            " and ($3::timestamptz is null or (published_at, course_id) < ($3, $4::uuid))"
            " order by published_at desc, course_id desc limit $5",
            self.organization, category, at, course, limit,
        )  # fmt: skip
        return [_listing(row) for row in rows]

    async def dictionaries(self) -> list[str]:
        """Return the dictionaries that the public courses were indexed with."""
        rows = await self.fetch(
            f"select distinct dictionary from catalog.listings where {_PUBLIC}",  # noqa: S608 (a constant)
            self.organization,
        )
        return sorted({"simple", *(row["dictionary"] for row in rows)})

    async def search(
        self,
        query: Query,
        *,
        dictionaries: list[str],
        category: str | None,
        after: tuple[int, int, UUID] | None,
        limit: int,
    ) -> list[Found]:
        """Return the public courses that a query finds, the best first."""
        level, score, course = after or (None, None, None)
        stems = " || ".join(
            f"websearch_to_tsquery(${at}::text::regconfig, $2)" for at in range(11, 11 + len(dictionaries))
        )
        rows = await self.fetch(
            f"with query as (select ({stems} || to_tsquery('simple', $3)) as q), found as ("  # noqa: S608 (numbers)
            f" select {_LISTING}, case when $2 = any(codes) then 3 when document @@ q then 2 else 1 end as level,"
            " case when document @@ q then (1000000 * ts_rank(document, q))::int"
            " else (1000000 * alike)::int end as score from catalog.listings, query,"
            " lateral (select count(*)::float8 / cardinality($4::text[]) as alike from unnest($4::text[]) as g"
            " where g = any(grams)) as titles"
            f" where {_PUBLIC} and ($5::text is null or $5 = any(categories))"
            " and ($2 = any(codes) or document @@ q or (grams && $4::text[] and alike >= $6)))"
            f" select {_LISTING}, level, score from found"
            " where $7::int is null or (level, score, course_id) < ($7, $8::int, $9::uuid)"
            " order by level desc, score desc, course_id desc limit $10",
            self.organization, query.text, query.prefix, query.grams, category, _ALIKE, level, score, course, limit,
            *dictionaries,
        )  # fmt: skip
        return [Found(listing=_listing(row), level=row["level"], score=row["score"]) for row in rows]

    async def categories(self) -> list[tuple[str, int]]:
        """Return the categories of the public courses, with how many each holds."""
        rows = await self.fetch(
            f"select category, count(*) as courses from catalog.listings, {_CATEGORIES}"  # noqa: S608 (constants)
            " group by category order by category limit 500",
            self.organization,
        )
        return [(row["category"], row["courses"]) for row in rows]


def _listing(row: Record) -> Listing:
    return Listing(
        course_id=CourseId(row["course_id"]), slug=row["slug"], title=row["title"], summary=row["summary"],
        language=row["language"], categories=list(row["categories"]), image_url=row["image_url"],
        image_alt=row["image_alt"], published_at=row["published_at"],
    )  # fmt: skip
