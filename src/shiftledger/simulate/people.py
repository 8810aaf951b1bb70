"""Who works: posts, members by number, and who was away; never a name."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from shiftledger.simulate.network import AREAS
from shiftledger.simulate.plant_text import SLOTS, table
from shiftledger.simulate.truth import Truth

POSTS = (("leader", "班长", "Crew leader", 1), ("main", "主操", "Main operator", 1), ("operator", "副操", "Operator", 4),
         ("patrol", "巡检", "Patrol", 4), ("trainee", "学员", "Trainee", 2))  # fmt: skip
POOLS = (("A", "B", "C", "D"), ("W", "X", "Y", "Z"), ("K", "L", "M", "N"))


def letters_of(rng: np.random.Generator) -> tuple[str, ...]:
    """What this plant calls its four crews."""
    pool = POOLS[int(rng.integers(len(POOLS)))]
    return tuple(pool[at] for at in rng.permutation(4))


def people_files(truth: Truth, letters: tuple[str, ...], rng: np.random.Generator) -> dict[str, str]:
    """posts.csv, members.csv and attendance.csv."""
    posts = [(area.id, post, zh, en) for area in AREAS for post, zh, en, _ in POSTS]
    members, by_crew = [], dict[tuple[str, int], list[str]]()
    for area in AREAS:
        for crew, letter in enumerate(letters):
            number = 0
            for post, _, _, count in POSTS:
                for _ in range(count):
                    number += 1
                    person = f"{area.id[:3].upper()}-{letter}{number:02d}"
                    members.append((person, area.id, letter, post))
                    by_crew.setdefault((area.id, crew), []).append(person)
    return {
        "posts.csv": table("area,post,name_zh,name_en", posts),
        "members.csv": table("person,area,crew,post", members),
        "attendance.csv": table("day,slot,area,person,kind,hours", _attendance(truth, by_crew, rng)),
    }


def _attendance(
    truth: Truth, by_crew: dict[tuple[str, int], list[str]], rng: np.random.Generator
) -> list[tuple[str, str, str, str, str, str]]:
    """One in fifty is on leave, one in a hundred stays two hours longer."""
    found = []
    first = truth.settings.first_day - timedelta(days=truth.settings.base_days)
    for shift, crew in enumerate(truth.on_duty[::8]):
        day = (first + timedelta(days=shift // 3)).isoformat()
        for area in AREAS:
            for person in by_crew[area.id, int(crew)]:
                drawn = rng.random()
                if drawn < 0.03:
                    kind, hours = ("leave", "8") if drawn < 0.02 else ("overtime", "2")
                    found.append((day, SLOTS[shift % 3][0], area.id, person, kind, hours))
    return found
