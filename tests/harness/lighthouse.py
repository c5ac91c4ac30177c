"""A small Open edX course with every kind of problem, and what is right and wrong in it, worked out by hand."""

import io
import struct
import tarfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

TITLE = "Keeping a lighthouse"
# What counts towards the percentage: 2 texts, 1 film and 13 problems (1 of them drawn from a pool of 2).
REQUIRED = 16
Answers = dict[str, object]


@dataclass(frozen=True)
class Question:
    """One problem: its title, what it is worth, and by part what to answer; choices are named by their words."""

    title: str
    possible: int
    right: tuple[object, ...]
    wrong: tuple[object, ...]
    wrong_points: int = 0

    def answers(self, problem: Mapping[str, Any], said: tuple[object, ...]) -> Answers:
        """Return what a browser would send for these words."""
        return {part["id"]: _sent(part, word) for part, word in zip(problem["parts"], said, strict=True)}


QUESTIONS = (
    Question("Fuel", 2, ("Whale oil",), ("Sea water",)),
    Question("Dangers", 1, (["Fog", "Rocks"],), (["Fog", "Calm"],)),
    Question("Colour", 1, ("red",), ("green",)),
    Question("Steps", 3, ("199",), ("250",)),
    Question("Bay", 1, ("Alexandria",), ("Rhodes",)),
    Question("Height", 1, ("2*h",), ("h",)),
    Question("Logbook", 4, ("12", "Fresnel", "north", "Salty"), ("12", "Newton", "south", "Sweet"), wrong_points=1),
    Question("Chart", 1, ("50,50",), ("150,150",)),
    Question("Sort", 2, ({"Lamp": "Top", "Anchor": "Bottom"},), ({"Lamp": "Bottom", "Anchor": "Top"},)),
    Question("Vote", 0, ("Dusk",), ("Dawn",)),
    Question(
        "Survey", 0, ({"Is it lonely?": "Yes", "Is it loud?": "No"},), ({"Is it lonely?": "No", "Is it loud?": "Yes"},)
    ),
    Question("Words", 0, (["sea", "light"],), (["fog"],)),
    Question("Drawn", 1, ("Yes",), ("No",)),
)
POSSIBLE = sum(question.possible for question in QUESTIONS)
BY_TITLE = {question.title: question for question in QUESTIONS}


def _png() -> bytes:
    """Return a red square of 200 by 200 points."""
    rows = b"".join(b"\0" + b"\xc8\x20\x20" * 200 for _ in range(200))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", 200, 200, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PICTURE = _png()

_FUEL = """
<problem display_name="Fuel" weight="2" max_attempts="2" showanswer="finished">
  <multiplechoiceresponse><label>What burnt in the lamps of 1800?</label><choicegroup>
    <choice correct="true">Whale oil<choicehint>It smelt, too.</choicehint></choice>
    <choice correct="false">Sea water<choicehint>Try to light it.</choicehint></choice>
    <choice correct="false">Coal dust</choice>
  </choicegroup></multiplechoiceresponse>
  <solution><div class="detailed-solution"><p>Explanation</p><p>Whales paid for it.</p></div></solution>
  <demandhint><hint>It came from an animal.</hint><hint>A large one.</hint></demandhint>
</problem>"""
_DANGERS = """
<problem display_name="Dangers"><choiceresponse><label>What endangers a ship?</label><checkboxgroup>
  <choice correct="true">Fog</choice><choice correct="true">Rocks</choice><choice correct="false">Calm</choice>
</checkboxgroup></choiceresponse></problem>"""
_COLOUR = """
<problem display_name="Colour"><optionresponse><label>Which light is to port?</label>
  <optioninput options="('red','green','white')" correct="red"/></optionresponse></problem>"""
_STEPS = """
<problem display_name="Steps" weight="3"><numericalresponse answer="200"><label>How many steps, about?</label>
  <responseparam type="tolerance" default="1%"/><formulaequationinput/></numericalresponse></problem>"""
_BAY = """
<problem display_name="Bay"><stringresponse answer="Alexandria" type="ci"><label>Where did the Pharos stand?</label>
  <textline size="20"/></stringresponse></problem>"""
_HEIGHT = """
<problem display_name="Height"><formularesponse type="cs" samples="h@1:9#5" answer="h+h">
  <label>Twice the height h?</label>
  <responseparam type="tolerance" default="0.01"/><formulaequationinput size="20"/></formularesponse></problem>"""
_LOGBOOK = """
<problem display_name="Logbook" weight="4">
  <numericalresponse answer="12"><label>Hours of a night at the equator?</label>
    <formulaequationinput/></numericalresponse>
  <stringresponse answer="Fresnel" type="ci"><label>Whose lens?</label><textline/></stringresponse>
  <optionresponse><label>Where is the Pole Star?</label>
    <optioninput><option correct="True">north</option><option correct="False">south</option></optioninput>
  </optionresponse>
  <multiplechoiceresponse><label>Is the sea salty?</label><choicegroup>
    <choice correct="true">Salty</choice><choice correct="false">Sweet</choice></choicegroup></multiplechoiceresponse>
</problem>"""
_CHART = """
<problem display_name="Chart"><imageresponse><label>Where is the rock?</label>
  <imageinput src="/static/chart.png" width="200" height="200" rectangle="(10,10)-(90,90)" alt="A chart"/>
</imageresponse></problem>"""
_SORT = (
    '{"targetImg": "/static/chart.png", "targetImgDescription": "A tower", "zones": ['
    '{"uid": "top", "title": "Top", "x": 0, "y": 0, "width": 200, "height": 100},'
    '{"uid": "bottom", "title": "Bottom", "x": 0, "y": 100, "width": 200, "height": 100}],'
    '"items": [{"displayName": "Lamp", "zones": ["top"], "feedback": {"correct": "Yes", "incorrect": "No"}},'
    '{"displayName": "Anchor", "zones": ["bottom"], "feedback": {"correct": "Yes", "incorrect": "No"}}],'
    '"feedback": {"start": "Drag", "finish": "Done"}}'
)
_VOTE = '[["A", {"label": "Dawn"}], ["U", {"label": "Dusk"}]]'
_ASKED = '[["lonely", {"label": "Is it lonely?"}], ["loud", {"label": "Is it loud?"}]]'
_DRAWN = """
<problem display_name="Drawn"><multiplechoiceresponse><label>Question {n}: is the keeper awake at night?</label>
  <choicegroup><choice correct="true">Yes</choice><choice correct="false">No</choice></choicegroup>
</multiplechoiceresponse></problem>"""
_PYTHON = """
<problem display_name="Python"><script type="loncapa/python">def check(expect, ans): return True</script>
  <customresponse cfn="check"><textline/></customresponse></problem>"""


def course_xml(title: str, run: str) -> str:
    """Return the whole course in one file."""
    return f"""<course org="Stoa" course="LIGHT" url_name="{run}" display_name="{escape(title)}" language="en">
<chapter url_name="c1" display_name="Arriving"><sequential url_name="s1" display_name="The island">
  <vertical url_name="u1" display_name="Welcome">
    <html url_name="h1" display_name="A letter"><![CDATA[<p>Dear keeper, \\(E = mc^2\\).</p>
      <p><img src="/static/chart.png" alt="A chart"/></p>]]></html>
    <video url_name="v1" display_name="The crossing" html5_sources="[&quot;https://example.org/crossing.mp4&quot;]"/>
  </vertical>
  <vertical url_name="u2" display_name="Choosing">{_FUEL}{_DANGERS}{_COLOUR}</vertical>
</sequential></chapter>
<chapter url_name="c2" display_name="Working">
  <sequential url_name="s2" display_name="The tower">
    <vertical url_name="u3" display_name="Counting">{_STEPS}{_BAY}{_HEIGHT}</vertical>
    <vertical url_name="u4" display_name="Writing">
      <html url_name="h2" display_name="Notes"><![CDATA[<p>Every night is written down.</p>]]></html>
      {_LOGBOOK}
      <discussion url_name="d1" display_name="Ask" discussion_category="Week 1" discussion_target="Tower"/>
    </vertical>
  </sequential>
  <sequential url_name="s3" display_name="The rest">
    <vertical url_name="u5" display_name="Placing">{_CHART}
      <drag-and-drop-v2 url_name="dd" display_name="Sort" question_text="Where do they lie?" weight="2"
        data="{escape(_SORT, quote=True)}"/>
    </vertical>
    <vertical url_name="u6" display_name="Opinions">
      <poll url_name="po" display_name="Vote" question="Which hour?" answers="{escape(_VOTE, quote=True)}"/>
      <survey url_name="sv" display_name="Survey" block_name="Survey" questions="{escape(_ASKED, quote=True)}"/>
      <word_cloud url_name="wc" display_name="Words" instructions="Two words" num_inputs="2"/>
      <library_content url_name="lc" display_name="Pool" max_count="1" source_library_id="library-v1:Stoa+L">
        {_DRAWN.format(n=1)}{_DRAWN.format(n=2)}
      </library_content>
      {_PYTHON}
    </vertical>
  </sequential>
</chapter></course>"""


def package(title: str = TITLE, *, run: str = "2026", times: int = 1) -> bytes:
    """Return the course as a .tar.gz, its chapters several times; the same arguments give the same bytes."""
    whole = course_xml(title, run)
    if times > 1:
        head, chapters = whole.split("\n", 1)
        copies = (
            chapters.removesuffix("</course>")
            .replace('display_name="', f'display_name="{number} ')
            .replace('url_name="', f'url_name="n{number}')
            for number in range(times)
        )
        whole = "\n".join((head, *copies, "</course>"))
    files = {"course/course.xml": whole.encode(), "course/static/chart.png": PICTURE}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _sent(part: Mapping[str, Any], word: object) -> object:
    return _SENT.get(part["kind"], lambda _, same: same)(part, word)


def _named(things: list[dict[str, Any]], word: object) -> str:
    return next(str(one["id"]) for one in things if _words(str(one.get("html") or one.get("title"))) == word)


def _words(html: str) -> str:
    return html.replace("<p>", "").replace("</p>", "").strip()


def _choice(part: Mapping[str, Any], word: object) -> object:
    return _named(part["choices"], word)


def _choices(part: Mapping[str, Any], words: Any) -> object:
    return [_named(part["choices"], word) for word in words]


def _dragged(part: Mapping[str, Any], places: Any) -> object:
    return {_named(part["draggables"], thing): _named(part["zones"], zone) for thing, zone in places.items()}


def _opinion(part: Mapping[str, Any], word: object) -> object:
    return _named(part["options"], word)


def _opinions(part: Mapping[str, Any], said: Any) -> object:
    return {_named(part["questions"], question): _named(part["options"], word) for question, word in said.items()}


_SENT: Mapping[str, Callable[[Mapping[str, Any], Any], object]] = {
    "single_choice": _choice,
    "dropdown": _choice,
    "multiple_choice": _choices,
    "drag_and_drop": _dragged,
    "poll": _opinion,
    "survey": _opinions,
}
