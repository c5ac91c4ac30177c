"""FastAPI with SQLAlchemy's asynchronous ORM, as their guides show it."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import DateTime, ForeignKey, MetaData, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload

SECRET = os.environ["BENCH_SECRET"]
engine = create_async_engine(
    f"postgresql+asyncpg://stoa@/stoa?host={os.environ['BENCH_PG']}", pool_size=20, max_overflow=0
)
Session = async_sessionmaker(engine, expire_on_commit=False)
bearer = OAuth2PasswordBearer(tokenUrl="token")


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(schema="rival")


class Member(Base):
    """The table of members."""

    __tablename__ = "member"
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str]


class Course(Base):
    """The table of courses."""

    __tablename__ = "course"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    title: Mapped[str]
    state: Mapped[str]


class Seat(Base):
    """The table of seats."""

    __tablename__ = "seat"
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("rival.course.id"))
    user_id: Mapped[UUID]
    state: Mapped[str]


class Unit(Base):
    """The table of units."""

    __tablename__ = "unit"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("rival.course.id"))
    title: Mapped[str]
    section: Mapped[str]
    subsection: Mapped[str]
    blocks: Mapped[list["Block"]] = relationship(order_by="Block.position")


class Block(Base):
    """The table of blocks."""

    __tablename__ = "block"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("rival.unit.id"))
    position: Mapped[int]
    title: Mapped[str]
    kind: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Completion(Base):
    """The table of completions."""

    __tablename__ = "completion"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    course_id: Mapped[UUID] = mapped_column(ForeignKey("rival.course.id"))
    block_id: Mapped[UUID]
    completed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Journey(Base):
    """The table of journeys."""

    __tablename__ = "journey"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    course_id: Mapped[UUID] = mapped_column(ForeignKey("rival.course.id"))
    percent: Mapped[int] = mapped_column(default=0)
    completed: Mapped[int] = mapped_column(default=0)
    required: Mapped[int] = mapped_column(default=0)
    resume_unit: Mapped[UUID | None]
    active_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class BlockOut(BaseModel):
    """What is answered of a block."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    title: str
    kind: str
    content: dict[str, Any]
    is_done: bool = False


class UnitOut(BaseModel):
    """What is answered of a unit."""

    course_id: UUID
    course_title: str
    unit_id: UUID
    title: str
    section: str
    subsection: str
    blocks: list[BlockOut]


class DoneOut(BaseModel):
    """What is answered of a done."""

    completed: list[UUID]
    percent: int


async def session() -> AsyncIterator[AsyncSession]:
    """Open a session for one request."""
    async with Session() as opened:
        yield opened


Db = Annotated[AsyncSession, Depends(session)]


async def member(token: Annotated[str, Depends(bearer)], db: Db) -> Member:
    """Return who asks, by token and role."""
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        raise HTTPException(401) from None
    found = await db.get(Member, UUID(claims["sub"]))
    if found is None or found.role != "learner":
        raise HTTPException(403)
    return found


Me = Annotated[Member, Depends(member)]
app = FastAPI()


async def seat_in(course: str, db: AsyncSession, me: Member) -> Course:
    """Return a course that the caller has a seat in."""
    found = (await db.execute(select(Course).where(Course.slug == course))).scalar_one_or_none()
    if found is None or found.state != "published":
        raise HTTPException(404)
    seat = (
        await db.execute(select(Seat).where(Seat.course_id == found.id, Seat.user_id == me.user_id))
    ).scalar_one_or_none()
    if seat is None or seat.state != "active":
        raise HTTPException(403)
    return found


async def done_by(db: AsyncSession, me: Member, course: Course) -> set[UUID]:
    """Return the blocks that somebody has done."""
    rows = await db.execute(
        select(Completion).where(Completion.user_id == me.user_id, Completion.course_id == course.id)
    )
    return {row.block_id for row in rows.scalars()}


@app.get("/read/{course}/{unit}")
async def read(course: str, unit: UUID, db: Db, me: Me) -> UnitOut:
    """Read a unit."""
    found = await seat_in(course, db, me)
    page = (await db.execute(select(Unit).where(Unit.id == unit).options(selectinload(Unit.blocks)))).scalar_one()
    done = await done_by(db, me, found)
    blocks = [BlockOut.model_validate(block) for block in page.blocks]
    for block in blocks:
        block.is_done = block.id in done
    return UnitOut(
        course_id=found.id, course_title=found.title, unit_id=page.id, title=page.title, section=page.section,
        subsection=page.subsection, blocks=blocks,
    )  # fmt: skip


@app.post("/write/{course}/{unit}")
async def write(course: str, unit: UUID, db: Db, me: Me) -> DoneOut:
    """Record a progress event."""
    found = await seat_in(course, db, me)
    page = (await db.execute(select(Unit).where(Unit.id == unit).options(selectinload(Unit.blocks)))).scalar_one()
    done = await done_by(db, me, found)
    fresh = [block.id for block in page.blocks if block.kind in ("html", "embed", "file") and block.id not in done]
    now = datetime.now(UTC)
    db.add_all(Completion(user_id=me.user_id, course_id=found.id, block_id=block, completed_at=now) for block in fresh)
    whole = await db.scalar(
        select(func.count()).select_from(Block).join(Unit, Unit.id == Block.unit_id).where(Unit.course_id == found.id)
    )
    journey = (
        await db.execute(
            select(Journey).where(Journey.user_id == me.user_id, Journey.course_id == found.id).with_for_update()
        )
    ).scalar_one_or_none()
    if journey is None:
        journey = Journey(user_id=me.user_id, course_id=found.id)
        db.add(journey)
    journey.completed, journey.required = len(done) + len(fresh), whole or 0
    journey.percent = journey.completed * 100 // max(1, journey.required)
    journey.resume_unit, journey.active_at = unit, now
    await db.commit()
    return DoneOut(completed=fresh, percent=journey.percent)
