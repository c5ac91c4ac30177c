"""What can be read of a problem that cannot be answered here."""

import pytest

from stoa.services.courses.domain.olx.words import readable

GRADED = """
<problem display_name="Dice">
  <script type="loncapa/python">secret = 42
def check(expect, ans): return ans == str(secret)</script>
  <p>A die shows <b>one</b> of $sides sides. What is \\(1+1\\)?</p>
  <customresponse cfn="check" expect="thekey">
    <label>Your guess</label><textline correct_answer="thekey" size="10"/>
    <choicegroup><choice correct="true">red<choicehint>thehint</choicehint></choice>
    <choice correct="false">blue</choice>
    </choicegroup>
    <answer type="loncapa/python">theanswer</answer>
  </customresponse>
  <solution><div class="detailed-solution"><p>thesolution</p></div></solution>
  <demandhint><hint>thehint</hint></demandhint>
  <p style="display: none">thehidden</p><div class="answer-box">theanswer</div>
  <codeparam><initial_display>x</initial_display><answer_display>theanswer</answer_display></codeparam> After it.
</problem>
"""


def test_the_question_is_read_with_its_formulas_and_what_a_program_would_fill_in_is_left_open() -> None:
    words = readable(GRADED)

    assert "<p>A die shows one of … sides. What is <math" in words
    assert [line for line in ("Your guess", "red", "blue", "After it.") if f"<p>{line}</p>" not in words] == []


@pytest.mark.parametrize(
    "key", ["thekey", "secret", "42", "thehint", "theanswer", "thesolution", "thehidden", "$sides"]
)
def test_no_key_program_hint_or_solution_is_among_the_words(key: str) -> None:
    assert key not in readable(GRADED)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "<problem",
        "<problem/>",
        '<lti launch_url="https://x.example" secret="s"/>',
        "<problem><script>x</script></problem>",
    ],
)
def test_where_nothing_can_be_read_there_are_no_words(source: str) -> None:
    assert readable(source) == ""


def test_what_would_run_comes_as_text() -> None:
    assert (
        readable("<problem><p>&lt;script&gt;x()&lt;/script&gt;</p></problem>")
        == "<p>&lt;script&gt;x()&lt;/script&gt;</p>"
    )
