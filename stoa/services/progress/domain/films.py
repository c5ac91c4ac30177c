"""The films of a unit as one learner plays them: the ladder first where there is one, the original after it."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from stoa.services.courses.contract import BlockView, Caption, VideoContent, VideoSource
from stoa.services.media.contract import Film

LADDER_TYPE = "application/vnd.apple.mpegurl"
_FILE = re.compile(r"/media/[0-9a-f-]{36}/(?P<sha256>[0-9a-f]{64})/[^/]+")


def film_files(blocks: Sequence[BlockView]) -> list[str]:
    """Return the hashes of the files that the films among some blocks are played from, each once."""
    return sorted(set(_files(blocks)))


def with_films(blocks: list[BlockView], films: dict[str, Film]) -> list[BlockView]:
    """Return blocks whose films have what media made of them; what an author gave stays first."""
    return [
        msgspec.structs.replace(
            block,
            content=_with_film(block.content, films) if isinstance(block.content, VideoContent) else block.content,
            children=with_films(block.children, films),
        )
        for block in blocks
    ]


def _files(blocks: Sequence[BlockView]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block.content, VideoContent):
            yield from (sha256 for source in block.content.sources if (sha256 := _file_of(source)))
        yield from _files(block.children)


def _with_film(content: VideoContent, films: dict[str, Film]) -> VideoContent:
    known = [films[sha256] for source in content.sources if (sha256 := _file_of(source)) in films]
    if not known:
        return content
    film = known[0]
    ladders = [VideoSource(url=one.ladder_url, content_type=LADDER_TYPE) for one in known if one.ladder_url]
    given = {caption.language for caption in content.captions}
    more = [
        Caption(language=track.language, label=track.label, url=track.url)
        for track in film.captions
        if track.language not in given
    ]
    return msgspec.structs.replace(
        content,
        sources=[*ladders, *content.sources],
        poster=content.poster or film.poster_url,
        captions=[*content.captions, *more],
        duration_s=content.duration_s if content.duration_s is not None else film.duration_s,
    )


def _file_of(source: VideoSource) -> str:
    found = _FILE.fullmatch(source.url)
    return found["sha256"] if found else ""
