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

    def tags(self, topic: str, field: str = "") -> tuple[str, ...]:
        """The tag of a topic, or of a field of what is said there; several where several names with `+` fit and differ."""
        tag = self.exact.get(topic, {}).get(field)
        if tag is not None:
            return (tag,)
        levels = topic.split("/") if self.open else []
        return tuple(sorted({tag for pattern, named, tag in self.open if named == field and fits(pattern, levels)}))

    def fields(self, topic: str) -> tuple[str, ...]:
        """What is named of a topic, in order; "" is all that is said there."""
        levels = topic.split("/")
        return tuple(sorted({*self.exact.get(topic, {}), *(named for pattern, named, _ in self.open if fits(pattern, levels))}))

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
