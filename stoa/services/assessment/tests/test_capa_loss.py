"""What of the OLX dialect is refused, lost or made safe, and that it is said."""

import time

import pytest

from stoa.services.assessment.contract.port import ImportOutcome
from stoa.services.assessment.contract.problem import (
    Formula,
    Poll,
)
from stoa.services.assessment.domain import capa
from stoa.services.assessment.tests.olx import RADIO, converted, problem_of


@pytest.mark.parametrize(
    "inside",
    [
        '<customresponse cfn="check"><textline/></customresponse>',
        "<symbolicresponse expect='x'><textline math='1'/></symbolicresponse>",
        "<schematicresponse><schematic/><answer type='loncapa/python'>correct=['correct']</answer></schematicresponse>",
        "<script type='loncapa/python'>x = random.randint(0, 9)</script><p>$x</p>" + RADIO,
        "<script type='loncapa/python'>import evil\nx, y = evil.pair()</script>"
        "<numericalresponse answer='$x'><textline/></numericalresponse>",
        "<script type='text/python'>from mitxgraders import *</script><p>${value}</p>" + RADIO,
    ],
)
def test_what_only_python_could_grade_or_show_is_named_as_such(inside):
    conversion = converted(inside)

    assert conversion.outcome is ImportOutcome.SKIPPED
    assert conversion.reason.startswith("unsupported: python")


def test_a_script_of_constants_is_read_without_running_it():
    problem = problem_of(
        '<script type="loncapa/python">\n  a = "R_1"\n  key = a + "*2"\n  n = 3 * 4.0\n</script>'
        '<p>n is $n</p><formularesponse samples="R_1@1:3#5" answer="$key"><textline/></formularesponse>'
    )

    assert problem.body.startswith("<p>n is 12.0</p>")
    part = problem.parts[0]
    assert isinstance(part, Formula)
    assert part.answers[0].text == "R_1*2"
    assert len(problem.remarks) == 1


def test_an_unused_script_and_comments_are_kept_for_the_author_only():
    problem = problem_of(f"<script type='loncapa/python'>def f(): pass</script><!-- to do -->{RADIO}")

    assert problem.remarks == ("def f(): pass", "to do")
    assert "def f" not in problem.body


@pytest.mark.parametrize(
    ("inside", "lost"),
    [
        ('<iframe src="https://example.org/x" title="Map"/>', "<iframe>"),
        ("<style>p {}</style>", "<style>"),
        ("<object data='x'/>", "<object>"),
        ("<blink>now</blink>", "<blink>"),
        ("<p><button>go</button></p>", "<button>"),
        ("<demandhint><p>x</p></demandhint>", "inside <demandhint>"),
        (r"<p>\(\left( x\)</p>", "TeX"),
        (r"<p>\(x <img src='asset:a.png'/> y\)</p>", "several elements"),
        ("<script type='text/javascript'>go()</script>", "JavaScript"),
    ],
)
def test_what_has_no_place_is_named(inside, lost):
    conversion = converted(inside + RADIO)

    assert conversion.outcome is ImportOutcome.CONVERTED_WITH_LOSS
    assert lost in conversion.reason
    assert conversion.problem is not None


@pytest.mark.parametrize("inside", ["<responseparam type='tolerance' default='wide'/>", "<correcthint>x</correcthint>"])
def test_a_child_its_response_cannot_use_is_named(inside):
    radio = RADIO.replace("<choicegroup>", f"{inside}<choicegroup>")

    assert converted(radio).outcome is ImportOutcome.CONVERTED_WITH_LOSS


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("<problem>", "well-formed"),
        ('<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><problem>&x;</problem>', "refused"),
        ('<!DOCTYPE p [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><problem>&b;</problem>', "refused"),
        ("<problem>" + "<p>" * 200 + "</p>" * 200 + "</problem>", "deep"),
        ("<problem>" + "<p/>" * 30_000 + "</problem>", "elements"),
        ("<problem>" + "x" * 2_100_000 + "</problem>", "2 MB"),
        ("<problem/>", "empty"),
        ("<html/>", "unsupported"),
        ("<problem><numericalresponse answer='wide'><textline/></numericalresponse></problem>", "not a number"),
        ("<problem><stringresponse answer='(' type='regexp'><textline/></stringresponse></problem>", "regular"),
        ("<problem><multiplechoiceresponse><p/></multiplechoiceresponse></problem>", "no input"),
        ("<problem><zoneresponse/></problem>", "zoneresponse"),
        (f"<problem><solution>{RADIO}</solution></problem>", "inside <solution>"),
        (
            "<problem><formularesponse samples='x@1:1e999#3' answer='x'><textline/></formularesponse></problem>",
            "samples",
        ),
        ("\ud800<problem/>", "well-formed"),
    ],
)
def test_hostile_or_broken_sources_are_skipped_with_a_reason_and_fast(source, word):
    before = time.perf_counter()

    conversion = capa.converted(source)

    assert conversion.outcome is ImportOutcome.SKIPPED
    assert word in conversion.reason
    assert time.perf_counter() - before < 2


def test_scripts_handlers_and_odd_addresses_do_not_survive():
    problem = problem_of(
        '<p onclick="x()">a<a href="javascript:x">b</a><img src="/static/a.png" alt="c" onerror="x"/></p>'
        '<p><a href="asset:notes.pdf">n</a><a href="block:b1">m</a><a href="mailto:x@example.org">o</a></p>' + RADIO
    )

    for word in ("onclick", "javascript", "onerror"):
        assert word not in problem.body
    for kept in ("/static/a.png", "asset:notes.pdf", "block:b1", "mailto:x@example.org"):
        assert kept in problem.body


def test_mathematics_becomes_mathml_with_its_tex_and_money_stays_money():
    problem = problem_of(
        r"<p>It costs $5 or $6: \(x &lt; \frac{1}{2}\) and \[\begin{aligned}a&amp;=b\end{aligned}\] "
        r"[mathjaxinline]y^2[/mathjaxinline]</p>" + RADIO
    )

    assert problem.body.count("<math") == 3
    assert "It costs $5 or $6:" in problem.body
    assert r'<annotation encoding="application/x-tex">x &lt; \frac{1}{2}</annotation>' in problem.body


def test_a_formula_broken_over_lines_is_one_formula():
    problem = problem_of(r"<p>So \[a = b <br/> + c\] and \(x_<i>1</i>\).</p>" + RADIO)

    assert problem.body.count("<math") == 2


def test_a_choice_without_a_right_option_is_kept_as_an_opinion():
    for inside in (
        "<multiplechoiceresponse><choicegroup><choice correct='false'>A</choice><choice correct='false'>B</choice>"
        "</choicegroup></multiplechoiceresponse>",
        "<optionresponse><optioninput options=\"('A','B')\" correct=''/></optionresponse>",
    ):
        conversion = converted(inside)
        assert conversion.outcome is ImportOutcome.IMPORTED
        assert "mark one as right" in conversion.reason
        assert conversion.problem is not None
        assert isinstance(conversion.problem.parts[0], Poll)
        assert [option.html for option in conversion.problem.parts[0].options] == ["A", "B"]


def test_a_paragraph_that_the_label_attribute_repeats_is_read_once():
    problem = problem_of(
        '<p>Which <b>one</b>?</p><stringresponse answer="a"><textline label="Which one?"/></stringresponse>'
    )

    assert problem.parts[0].label == "Which <b>one</b>?"
    assert "Which" not in problem.body
