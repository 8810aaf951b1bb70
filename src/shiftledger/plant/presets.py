"""Rotations that ship: the common ones of process plants, to be named in rotations.toml instead of written out (T3).

Slots are in the order of the production day: day, middle, night. With the night first, DDEENNRR would leave no rest between
the second middle and the first night shift.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from types import MappingProxyType

from shiftledger.plant.model import Slot


@dataclass(frozen=True, slots=True)
class Preset:
    """A rotation without its anchor: slots, the pattern of one crew (R: rest), and each crew's letter and phase."""

    name_zh: str
    name_en: str
    pattern: str
    slots: tuple[Slot, ...]
    phases: tuple[tuple[str, int], ...]


EIGHT_HOURS = (
    Slot("D", time(8), time(16), "白班", "day"),
    Slot("E", time(16), time(0), "中班", "middle"),
    Slot("N", time(0), time(8), "夜班", "night"),
)
TWELVE_HOURS = (Slot("D", time(8), time(20), "白班", "day"), Slot("N", time(20), time(8), "夜班", "night"))
DAY_ONLY = (Slot("D", time(8), time(16), "长白班", "day"),)


def _every(step: int, crews: str) -> tuple[tuple[str, int], ...]:
    return tuple((letter, step * index) for index, letter in enumerate(crews))


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "four-crew-2-2-2-2": Preset(
            "四班三倒（两白两中两夜两休）", "four crews, 8 h, 2-2-2-2", "DDEENNRR", EIGHT_HOURS, _every(2, "ABCD")
        ),
        "four-crew-1-1-1": Preset(
            "四班三倒（一白一中一夜）", "four crews, 8 h, 24 h between shifts", "DENR", EIGHT_HOURS, _every(1, "ABCD")
        ),
        "four-crew-3-3-3": Preset(
            "四班三倒（三白三中三夜）", "four crews, 8 h, 3-3-3-3", "DDDREEERNNNR", EIGHT_HOURS, _every(3, "ABCD")
        ),
        "five-crew-10-day": Preset(
            "五班三倒（十天一轮）", "five crews, 8 h, 10 days", "DDEENNRRRR", EIGHT_HOURS, _every(2, "ABCDE")
        ),
        "five-crew-5-day": Preset("五班三倒（五天一轮）", "five crews, 8 h, 5 days", "DENRR", EIGHT_HOURS, _every(1, "ABCDE")),
        "four-crew-12h": Preset("四班两倒", "four crews, 12 h", "DNRR", TWELVE_HOURS, _every(1, "ABCD")),
        "three-crew-12h": Preset("三班两倒", "three crews, 12 h", "DNR", TWELVE_HOURS, _every(1, "ABC")),
        # Five days on, two off: the anchor is a Monday. For areas with partial coverage.
        "day-only": Preset("长白班", "day shift, Monday to Friday", "DDDDDRR", DAY_ONLY, _every(1, "A")),
    }
)
