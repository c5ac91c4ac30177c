"""Experiments of Open edX: which part of a split stands for which group of learners, and who is put into a group."""

import re

import msgspec

from stoa.services.courses.contract import RandomizedContent
from stoa.services.courses.domain.olx.walk import Element

NAME = re.compile(r"(?:\+block@|/)([^/@]+)$")


class Experiments:
    """The groups that a course divides its learners into."""

    def __init__(self, course: Element, *, key: str) -> None:
        self._key = key
        self._by_staff = {
            str(partition.get("id"))
            for partition in _partitions(course.attributes.get("user_partitions", ""))
            if partition.get("scheme", "random") != "random"
        }

    def split(self, element: Element) -> tuple[RandomizedContent, str]:
        """Return the pool that stands for a split, its parts in the order of their groups, and what is lost."""
        partition = element.attributes.get("user_partition_id", "").strip('"')
        groups = _groups(element.attributes.get("group_id_to_child", ""))
        if not partition or not groups or partition in self._by_staff:
            return RandomizedContent(count=1), "shown at random instead of by experiment group"
        order = {name: at for at, name in enumerate(groups)}
        if any(child.url_name not in order for child in element.children):
            return RandomizedContent(count=1), "parts that belong to no experiment group are drawn like the others"
        element.children.sort(key=lambda child: order[child.url_name])
        return RandomizedContent(count=1, experiment=f"{self._key}/{partition}"), ""


def _partitions(written: str) -> list[dict[str, object]]:
    try:
        return msgspec.json.decode(written, type=list[dict[str, object]])
    except msgspec.DecodeError:
        return []


def _groups(written: str) -> list[str]:
    """Return the names of the parts in the order of their groups."""
    try:
        found = msgspec.json.decode(written, type=dict[str, str])
    except msgspec.DecodeError:
        return []
    places = sorted((int(group) if group.isdigit() else 0, group, place) for group, place in found.items())
    names = [NAME.search(place) for _, _, place in places]
    return [name[1] for name in names if name is not None]
