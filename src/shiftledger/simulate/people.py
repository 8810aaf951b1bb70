"""Who works: posts, members by number, and who was away; never a name."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from shiftledger.simulate.disturbances import generator
from shiftledger.simulate.lines import SERVICE, service_crews
from shiftledger.simulate.network import AREAS
from shiftledger.simulate.plant_text import SLOTS
from shiftledger.simulate.tables import table
from shiftledger.simulate.truth import Truth

POSTS = (("leader", "班长", "Crew leader", 1), ("main", "主操", "Main operator", 1), ("operator", "副操", "Operator", 4),
         ("patrol", "巡检", "Patrol", 4), ("trainee", "学员", "Trainee", 2))  # fmt: skip
USUAL = 12  # members of a crew
POOLS = (("A", "B", "C", "D"), ("W", "X", "Y", "Z"), ("K", "L", "M", "N"))


def letters_of(seed: int) -> tuple[str, ...]:
    """What this plant calls its four crews."""
    rng = generator(seed, "letters")
    pool = POOLS[int(rng.integers(len(POOLS)))]
    return tuple(pool[at] for at in rng.permutation(4))


def people_files(truth: Truth, letters: tuple[str, ...]) -> dict[str, str]:
    """posts.csv, members.csv and attendance.csv."""
    areas = [*AREAS, *(line.area for line in truth.lines)]
    by_day = service_crews(truth.settings)
    crews = [(area.id, letter) for area in areas for letter in letters]
    crews += [(SERVICE.id, letter) for letter in letters[:by_day]]
    served = [SERVICE] if by_day else []
    posts = [(area.id, post, zh, en) for area in (*areas, *served) for post, zh, en, _ in POSTS]
    members, by_crew = list[tuple[str, str, str, str]](), dict[tuple[str, str], list[str]]()
    for (area, letter), size in zip(crews, _sizes(truth, len(crews)), strict=True):
        people = by_crew[area, letter] = [f"{_short(area)}-{letter}{number:02d}" for number in range(1, size + 1)]
        members += [(person, area, letter, post) for person, post in zip(people, _posts(size), strict=True)]
    return {
        "posts.csv": table("area,post,name_zh,name_en", posts),
        "members.csv": table("person,area,crew,post", members),
        "attendance.csv": table("day,slot,area,person,kind,hours", _attendance(truth, letters, by_crew)),
    }


def _short(area: str) -> str:
    """DIG of digestion, L07 of line-07."""
    return f"L{area[5:]}" if area.startswith("line-") else area[:3].upper()


def _sizes(truth: Truth, crews: int) -> list[int]:
    """Members of each crew: all of them together are as many as asked for."""
    people = truth.settings.people or USUAL * crews
    return [people // crews + (at < people % crews) for at in range(crews)]


def _posts(size: int) -> list[str]:
    """A leader, a main operator, and the other posts in turn."""
    first = [post for post, *_ in POSTS[:2]]
    others = [post for post, _, _, count in POSTS[2:] for _ in range(count)]
    return [*first, *(others[at % len(others)] for at in range(max(0, size - len(first))))][:size]


def _attendance(
    truth: Truth, letters: tuple[str, ...], by_crew: dict[tuple[str, str], list[str]]
) -> list[tuple[str, str, str, str, str, str]]:
    """One in fifty is on leave, one in a hundred stays two hours longer; a crew's draws do not depend on other crews."""
    found = []
    first = truth.settings.first_day - timedelta(days=truth.settings.base_days)
    works = [(area, people) for (area, _), people in by_crew.items() if area != SERVICE.id]
    areas = sorted({area for area, _ in works})
    rngs = {crew: generator(truth.settings.seed, "attendance", *crew) for crew in by_crew}
    for shift, crew in enumerate(truth.on_duty[::8]):
        day = (first + timedelta(days=shift // 3)).isoformat()
        for area in areas:
            people, rng = by_crew[area, letters[int(crew)]], rngs[area, letters[int(crew)]]
            for at in np.flatnonzero(rng.random(len(people)) < 0.03):
                kind, hours = ("leave", "8") if rng.random() < 2 / 3 else ("overtime", "2")
                found.append((day, SLOTS[shift % 3][0], area, people[at], kind, hours))
    return found
