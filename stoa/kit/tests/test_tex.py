"""TeX is tidied for converters, and only where they would stumble."""

import pytest

from stoa.kit.tex import tidied


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (r"\frac{a}{b} = 5\%", r"\frac{a}{b} = 5\%"),
        ("a % a remark\n+ b", "a \n+ b"),
        (r"a = b \label{eq:sum} \nonumber", "a = b    "),
        (r"\notagged", r"\notagged"),
        (r"a \mod 3", r"a \bmod 3"),
        (r"\left( a \middle| b \right)", r"\left( a | b \right)"),
        (r"f \Big\vert_{0}", r"f \vert_{0}"),
        (r"\SI{5}{m}", r"5\,\mathrm{m}"),
        (r"25\celsius", r"25^{\circ}\mathrm{C}"),
        (r"\ce{H2O}", r"\mathrm{H_{2}O}"),
        (r"\ce{SO4^2- <=> SO3}", r"\mathrm{SO_{4}^{2-}}\rightleftharpoons \mathrm{SO_{3}}"),
        (r"\ce{^{14}C}", r"\mathrm{^{14}C}"),
    ],
)
def test_a_formula_keeps_its_meaning_and_tidying_it_twice_changes_nothing(written: str, wanted: str) -> None:
    assert tidied(written) == wanted
    assert tidied(wanted) == wanted
