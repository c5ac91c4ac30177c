"""Numbers as learners write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.services.assessment.domain import calc, quantity


@pytest.mark.parametrize(
    ("text", "locale", "wanted"),
    [
        ("1.5", "", "1.5"),
        ("1,5", "", "1.5"),
        ("1,5", "de-DE", "1.5"),
        ("1,500", "en", "1500"),
        ("1,500", "de", "1.500"),
        ("1.500", "de", "1500"),
        ("1.500", "en", "1.500"),
        ("1,234,567.8", "en", "1234567.8"),
        ("1.234.567,8", "tr_TR", "1234567.8"),
        ("12 345", "", "12345"),
        ("1’000", "de-CH", "1000"),
        ("007", "", "7"),
        ("1e400", "", "1E+400"),
        ("-1E-400", "", "-1E-400"),
        ("٣٫٥", "ar", "3.5"),
        ("\u200f42", "he", "42"),
        ("４２", "ja", "42"),
        (".5", "", "0.5"),
        ("5.", "", "5"),
    ],
)
def test_a_plain_number_is_read_exactly(text, locale, wanted):
    assert quantity.quantity(text, locale=locale).exact == Decimal(wanted)


@pytest.mark.parametrize("text", ["", "NaN", "inf", "1e999999999", "1.2.3", "12abc", "None", "1" * 5000])
def test_what_is_no_number_is_explained(text):
    with pytest.raises(calc.Unreadable):
        quantity.quantity(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_every_decimal_reads_as_itself(number):
    assert quantity.quantity(f"{number:f}").exact == number


@pytest.mark.parametrize(
    ("given_text", "wanted", "tolerance", "is_near"),
    [
        ("604", "600", "5", True),
        ("605", "600", "5", True),
        ("605.0001", "600", "5", False),
        ("101", "100", "1%", True),
        ("101.01", "100", "1%", False),
        ("0.30000000000000004", "0.3", "0", False),
        ("0.1+0.2", "0.3", "", True),
        ("10*i", "10*i", "", True),
        ("10", "10*i", "", False),
        ("1e400", "1e400", "", True),
        ("1e401", "1e400", "", False),
        ("-0", "0", "", True),
    ],
)
def test_tolerance_is_absolute_or_a_share_of_the_answer(given_text, wanted, tolerance, is_near):
    assert quantity.near(quantity.quantity(given_text), quantity.quantity(wanted), tolerance) is is_near


@pytest.mark.parametrize(
    ("interval", "inside", "outside"),
    [
        ("[1,2)", ["1", "1.999"], ["2", "0.999", "1+i"]),
        ("(1,2]", ["2", "1.5"], ["1", "2.1"]),
        ("[0, inf)", ["0", "1e300"], ["-0.1"]),
        ("[1/2, 3/4]", ["0.5", "0.75"], ["0.4"]),
    ],
)
def test_an_interval_knows_its_ends(interval, inside, outside):
    assert all(quantity.inside(quantity.quantity(text), interval) for text in inside)
    assert not any(quantity.inside(quantity.quantity(text), interval) for text in outside)


def test_a_unit_is_split_off_and_compared_without_its_typography():
    number, unit = quantity.split_unit("9,81 m/s²")

    assert number == "9,81"
    assert quantity.unit_key(unit) == quantity.unit_key("m / s^2")
    assert quantity.unit_key("m/s") != quantity.unit_key("m/s^2")
