"""Breakout groups: who goes where, and where somebody goes who comes late."""

from collections.abc import Mapping, Sequence
from random import Random

from stoa.services.live.contract import ParticipantId

MOST_GROUPS = 100


def dealt(people: Sequence[ParticipantId], groups: int, chance: Random) -> list[list[ParticipantId]]:
    """Deal people out at random; no group is larger than another by more than one."""
    shuffled = list(people)
    chance.shuffle(shuffled)
    return [shuffled[place::groups] for place in range(groups)]


def assigned(
    people: Sequence[ParticipantId], chosen: Mapping[ParticipantId, int], groups: int, chance: Random
) -> list[list[ParticipantId]]:
    """Put those who were chosen where the host wants them, and deal the others out to the smallest groups."""
    found: list[list[ParticipantId]] = [[] for _ in range(groups)]
    for person, place in chosen.items():
        if person in set(people) and 0 <= place < groups:
            found[place].append(person)
    placed = {person for group in found for person in group}
    rest = [person for person in people if person not in placed]
    chance.shuffle(rest)
    for person in rest:
        smallest(found).append(person)
    return found


def smallest(groups: list[list[ParticipantId]]) -> list[ParticipantId]:
    """Return the group with the fewest people, the first of several."""
    return min(groups, key=len)
