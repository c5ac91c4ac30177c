"""Captions read strictly, each mistake with its line, and what is kept of them."""

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.clock import ManualClock
from stoa.services.media.contract import CaptionsInvalid
from stoa.services.media.domain import captions
from stoa.services.media.service.media import Media
from stoa.services.media.tests.building import an_organization
from stoa.services.media.tests.test_uploads import API, DATA, Desk

VTT = """WEBVTT - a title

STYLE
::cue { color: papayawhip }

NOTE what nobody says

intro
00:01.000 --> 00:02.500 align:start
<v Ada>Good <b>morning</b> &amp; welcome

00:00:02.500 --> 00:00:04.000
to two
lines
"""
SRT = """\ufeff1\r
00:00:01,000 --> 00:00:02,500\r
<font color="red">Good</font> <i>morning</i> & <welcome>\r
\r
2\r
00:00:02,500 --> 00:00:04,000\r
to two\r
lines\r
"""


def mistakes_in(text: str) -> list[tuple[int, str]]:
    with pytest.raises(CaptionsInvalid) as caught:
        captions.to_webvtt(text)
    return [(one["line"], one["message"]) for one in caught.value.fields["mistakes"]]


def test_webvtt_stays_as_it_is_and_gives_its_cues() -> None:
    body = captions.to_webvtt(VTT)

    assert body == VTT
    assert [(one.start, one.end, one.text) for one in captions.cues(body)] == [
        (1.0, 2.5, "Good morning & welcome"),
        (2.5, 4.0, "to two\nlines"),
    ]


def test_subrip_becomes_webvtt_that_another_reader_reads() -> None:
    body = captions.to_webvtt(SRT)

    read = webvtt.from_string(body)
    assert [(cue.start, cue.end) for cue in read] == [
        ("00:00:01.000", "00:00:02.500"), ("00:00:02.500", "00:00:04.000"),
    ]  # fmt: skip
    assert "Good <i>morning</i> &amp; \n" in body
    assert [one.text for one in captions.cues(body)] == ["Good morning &", "to two\nlines"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("WEBVTT\n", 1, "no cue"),
        ("", 1, "no cue"),
        ("WEBVTT\n\n00:01.000 -> 00:02.000\nHi", 3, "begins with its times"),
        ("WEBVTT\n\n0:1.0 --> 00:02.000\nHi", 3, "are written"),
        ("WEBVTT\n\n00:61.000 --> 00:62.000\nHi", 3, "are written"),
        ("WEBVTT\n\n00:02.000 --> 00:01.000\nHi", 3, "ends before"),
        ("WEBVTT\n\n00:05.000 --> 00:06.000\nHi\n\n00:01.000 --> 00:02.000\nHo", 6, "above it"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n\nHi there", 3, "no words"),
        ("1\n00:00:01,000 --> 00:00:02,000\nHi\n2\n00:00:03,000 --> 00:00:04,000\nHo", 3, "blank line"),
        ("Just a text.", 1, "begins with its times"),
        ("{\\rtf1}", 1, "begins with its times"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, words: str) -> None:
    found = mistakes_in(text)

    assert found[0][0] == line
    assert words in found[0][1]


def test_every_mistake_is_named_at_once() -> None:
    text = "WEBVTT\n\n00:02.000 --> 00:01.000\nHi\n\nnonsense\n"

    assert [line for line, _ in mistakes_in(text)] == [3, 6]


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        body = captions.to_webvtt(text)
    except CaptionsInvalid:
        return
    assert captions.cues(body)


@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 10**5), st.text("abc<>&-\u05d0 ", min_size=1)), min_size=1)
)
def test_subrip_that_is_written_out_is_read_back(rows: list[tuple[int, int, str]]) -> None:
    rows = [(start, length, words.strip().replace("-->", "") or "x") for start, length, words in sorted(rows)]
    rows = [(start, length, words) for start, length, words in rows if "<" not in words and words.strip()]
    text = "\n\n".join(f"{srt(start)} --> {srt(start + length)}\n{words}" for start, length, words in rows)

    if rows:
        found = captions.cues(captions.to_webvtt(text))
        assert [(round(one.start * 1000), one.text) for one in found] == [(start, w.strip()) for start, _, w in rows]


def srt(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


@pytest.fixture
def desk(media: Media, clock: ManualClock) -> Desk:
    return Desk(media, clock, an_organization())


async def test_captions_are_served_and_every_version_is_kept(desk: Desk) -> None:
    asset = f"{API}/assets/{(await desk.upload(DATA))['asset_id']}"

    first = await desk.client.put(f"{asset}/captions/en", json={"label": "English", "text": SRT})
    second = await desk.client.put(f"{asset}/captions/en", json={"label": "English", "text": VTT})
    other = await desk.client.put(f"{asset}/captions/pt-BR", json={"text": VTT})
    track = second.json()["captions"][0]
    delivered = await desk.client.get(track["url"])
    history = (await desk.client.get(f"{asset}/captions/en")).json()

    assert (first.status_code, track["version"], track["label"]) == (200, 2, "English")
    assert [one["language"] for one in other.json()["captions"]] == ["en", "pt-BR"]
    assert (delivered.headers["content-type"], delivered.text) == ("text/vtt; charset=utf-8", VTT)
    assert [(one["version"], one["text"] == VTT) for one in history] == [(2, True), (1, False)]


async def test_a_transcript_is_cues_and_a_text(desk: Desk) -> None:
    asset = f"{API}/assets/{(await desk.upload(DATA))['asset_id']}"
    await desk.client.put(f"{asset}/captions/en", json={"text": VTT})

    found = (await desk.another("learner").get(f"{asset}/transcript")).json()
    missing = await desk.client.get(f"{asset}/transcript", params={"language": "fr"})

    assert found["cues"][0] == {"start": 1.0, "end": 2.5, "text": "Good morning & welcome"}
    assert (found["language"], found["text"]) == ("en", "Good morning & welcome\nto two\nlines")
    assert missing.status_code == 404


async def test_wrong_captions_change_nothing(desk: Desk) -> None:
    asset = f"{API}/assets/{(await desk.upload(DATA))['asset_id']}"

    answers = [
        await desk.client.put(f"{asset}/captions/en", json={"text": "nonsense"}),
        await desk.client.put(f"{asset}/captions/en_US!", json={"text": VTT}),
        await desk.another("learner").put(f"{asset}/captions/en", json={"text": VTT}),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 403]
    assert answers[0].json()["mistakes"][0]["line"] == 1
    assert (await desk.client.get(asset)).json()["captions"] == []


async def test_the_words_about_a_file_are_changed_by_version(desk: Desk) -> None:
    asset = f"{API}/assets/{(await desk.upload(DATA, filename='a.png'))['asset_id']}"
    tag = (await desk.client.get(asset)).headers["etag"]

    without = await desk.client.patch(asset, json={"alt": "A knot"})
    first = await desk.client.patch(asset, json={"alt": "A knot"}, headers={"if-match": tag})
    late = await desk.client.patch(asset, json={"alt": "A bend"}, headers={"if-match": tag})
    found = (await desk.client.get(f"{API}/assets", params={"q": "KNOT"})).json()["items"]

    assert [answer.status_code for answer in (without, first, late)] == [428, 200, 412]
    assert (first.json()["alt"], first.json()["name"], late.json()["current"]["alt"]) == ("A knot", "a.png", "A knot")
    assert [one["alt"] for one in found] == ["A knot"]
