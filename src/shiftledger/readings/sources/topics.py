"""Which tag is a topic, or a field of what is said there (R3)? Names are joined by `columns` of the source.

A name is a topic ("plant/line2/t1") or a topic and a field ("plant/line2/scada#flow.value"; Sparkplug: "group/node/device#metric"). A level of
the topic may be `+`, any one level; a name without `+` goes before one with it. Two tags for one thing are no name at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FIELD = "#"  # between topic and field; no topic holds it
ANY = "+"


@dataclass(frozen=True, slots=True)
class Names:
    """`columns` of a live source: topic -> field ("" is all that is said there) -> tag, and those whose topic holds a `+`."""

    exact: Mapping[str, Mapping[str, str]]
    open: tuple[tuple[tuple[str, ...], str, str], ...]

    def fields(self, topic: str) -> dict[str, tuple[str, ...]]:
        """What is named of a topic: field -> its tag; several tags where several names with `+` fit and differ."""
        found = {field: (tag,) for field, tag in self.exact.get(topic, {}).items()}
        levels = topic.split("/")
        some: dict[str, set[str]] = {}
        for pattern, field, tag in self.open:
            if field not in found and fits(pattern, levels):
                some.setdefault(field, set()).add(tag)
        return found | {field: tuple(sorted(tags)) for field, tags in some.items()}

    def below(self, topic: str) -> tuple[str, ...]:
        """The tags of everything that is named of a topic or of a level below it, in order."""
        levels = topic.split("/")
        named = [(tuple(key.split("/")), tag) for key, fields in self.exact.items() for tag in fields.values()]
        named += [(pattern, tag) for pattern, _, tag in self.open]
        return tuple(sorted({tag for pattern, tag in named if fits(pattern[: len(levels)], levels)}))


def names_of(columns: tuple[tuple[str, str], ...]) -> Names:
    """The names of `columns`, joined by what they say and never by their order."""
    exact: dict[str, dict[str, str]] = {}
    some = []
    for name, tag in columns:
        topic, _, field = name.partition(FIELD)
        if ANY in (levels := tuple(topic.split("/"))):
            some.append((levels, field, tag))
        else:
            exact.setdefault(topic, {})[field] = tag
    return Names(exact, tuple(some))


def fits(pattern: tuple[str, ...], levels: list[str]) -> bool:
    """True if a topic's levels are those of a pattern, in which `+` is any one level."""
    return len(pattern) == len(levels) and all(one in (ANY, level) for one, level in zip(pattern, levels, strict=True))
