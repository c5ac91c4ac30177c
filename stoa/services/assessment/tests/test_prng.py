"""Our own random numbers stay what they are over processes and releases."""

import collections
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from stoa.services.assessment.contract.problem import ProblemVersionId
from stoa.services.assessment.domain import address, views
from stoa.services.assessment.domain.prng import Dice
from stoa.services.assessment.tests.builders import a_choice, a_problem, a_single_choice

GOLDEN = Path(__file__).with_name("golden.json")


def present() -> dict[str, object]:
    """Return what the golden file of this release would hold."""
    problem = a_problem(a_single_choice(shuffle=True, choices=tuple(a_choice(f"c{n}", n == 1) for n in range(1, 7))))
    version = ProblemVersionId(address.version_of(problem))
    shown = {seed: views.view_of(problem, version=version, seed=seed).parts[0] for seed in ("ada", "grace", "")}
    dice = Dice("golden", "file")
    return {
        "address": str(version),
        "bits": [str(dice.bits()) for _ in range(5)],
        "below": [Dice("below", str(n)).below(6) for n in range(12)],
        "between": [Dice("between", str(n)).between(-1, 1) for n in range(4)],
        "shuffled": Dice("shuffle").shuffled("abcdefgh"),
        "orders": {seed: [choice.id for choice in part.choices] for seed, part in shown.items()},
    }


def test_seeds_orders_and_addresses_are_those_of_the_golden_file():
    assert present() == json.loads(GOLDEN.read_text("utf-8"))


@given(st.lists(st.integers(), max_size=30), st.text())
def test_a_shuffle_keeps_everything_and_repeats_itself(things, seed):
    assert sorted(Dice(seed).shuffled(things)) == sorted(things)
    assert Dice(seed).shuffled(things) == Dice(seed).shuffled(things)


def test_every_order_is_about_equally_likely():
    orders = collections.Counter("".join(Dice("fair", str(n)).shuffled("abc")) for n in range(6000))

    assert len(orders) == 6
    assert all(850 < times < 1150 for times in orders.values())
