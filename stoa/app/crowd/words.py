"""What a crowd says and how its people are called: made up, harmless, and different enough to look at."""

import random

_FIRST = (
    "Ada", "Amir", "Anouk", "Bela", "Chidi", "Clara", "Dina", "Emil", "Fatou", "Greta", "Hana", "Ida", "Jonas", "Kofi",
    "Lena", "Mei", "Nils", "Olga", "Pavel", "Quinn", "Rosa", "Sami", "Tove", "Uma", "Viktor", "Wanja", "Xenia", "Yara",
    "Zoe",
)  # fmt: skip
_OPENINGS = (
    "I think",
    "Could it be that",
    "So",
    "Wait,",
    "Question:",
    "Does that mean",
    "Yes,",
    "Maybe",
    "Here",
    "Ah,",
)
_MIDDLES = (
    "the square root", "the second slide", "the example", "a prime number", "this proof", "the limit", "the energy",
    "the last step", "the graph", "a longer wave", "the sample", "the mean",
)  # fmt: skip
_ENDS = (
    "is the same as before", "works for every case", "is what we saw last week", "has to be positive", "comes first",
    "can be left out", "looks right to me", "is still unclear to me", "grows faster", "depends on the start",
)  # fmt: skip


def name_of(number: int) -> str:
    """Return the name of one of the crowd."""
    return f"{_FIRST[number % len(_FIRST)]} {number + 1}"


def comment() -> str:
    """Return something somebody might say in a lesson."""
    return f"{random.choice(_OPENINGS)} {random.choice(_MIDDLES)} {random.choice(_ENDS)}"
