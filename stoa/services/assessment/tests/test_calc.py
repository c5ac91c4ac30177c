"""Expressions as learners type them."""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.services.assessment.domain import calc


def value(text: str, **values: complex) -> complex:
    return calc.evaluated(calc.parsed(text), values)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1+2*3", 7),
        ("-3^2", -9),
        ("2^-2", 0.25),
        ("2^3^2", 512),
        ("2**3", 8),
        ("6/2/3", 1),
        ("2-3-4", -5),
        ("2||2", 1),
        ("1+2||2*3", 4),
        ("9.3*10^7", 9.3e7),
        ("1.5e3", 1500),
        ("3k", 3000),
        ("2M", 2e6),
        ("50%", 0.5),
        ("sqrt(-4)", 2j),
        ("i*j", -1),
        ("e^(i*pi)", -1),
        ("fact(5)", 120),
        ("log10(1000)+ln(e)", 4),
        ("arctan(1)*4", math.pi),
        ("abs(3+4*i)", 5),
        ("re(conj(1+2*i))+im(1+2*i)", 3),
        ("２＋３", 5),
        ("٣٤", 34),
        ("3×4÷2", 6),
        ("3²+2⁻¹", 9.5),
        ("−5", -5),
        ("--5", 5),
    ],
)
def test_an_expression_has_the_value_a_reader_expects(text, wanted):
    assert value(text) == pytest.approx(wanted)


def test_variables_may_have_indices_and_primes():
    assert value("x_{12}^{3}*R_1 + x'", **{"x_{12}^{3}": 2, "R_1": 3, "x'": 4}) == 10


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "Nothing"),
        ("(1", "closing bracket is missing"),
        ("1)", "no opening"),
        ("2x", "operator"),
        ("1/0", "zero"),
        ("10^400", "too large"),
        ("foo(2)", "no function"),
        ("sin", "function"),
        ("y", "not known"),
        ("1+", "too early"),
        ("1 $ 2", "cannot be read"),
        ("fact(171)", "factorial"),
        ("fact(0.5)", "factorial"),
        ("(" * 100 + "1" + ")" * 100, "deeply"),
        ("1+" * 600 + "1", "too long"),
        ("1" * 3000, "too long"),
        ("__import__('os')", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_explained(text, word):
    with pytest.raises(calc.Unreadable, match=word):
        value(text)


@given(st.text(max_size=200))
def test_no_text_does_anything_but_read_or_explain(text):
    try:
        result = value(text)
    except calc.Unreadable as reason:
        assert str(reason)
    else:
        assert isinstance(result, complex)


@given(st.text(alphabet="0123456789.eE+-*/^()|ijksincofatxp% ", max_size=120))
def test_no_text_of_mathematical_signs_does_anything_but_read_or_explain(text):
    try:
        value(text)
    except calc.Unreadable as reason:
        assert str(reason)


def test_a_tower_of_powers_costs_no_time():
    before = time.process_time()

    with pytest.raises(calc.Unreadable):
        value("9^" * 40 + "9")

    assert time.process_time() - before < 1
