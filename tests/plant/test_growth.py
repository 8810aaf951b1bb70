"""A plant of twice the size takes about twice the work to open, not four times (DESIGN, "convenient"): counted in calls, not in seconds."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from types import FrameType

from shiftledger.core.issue import Issue
from shiftledger.plant.checks import check
from shiftledger.plant.load import load_text, open_folder

TWO_TANKS = dict(open_folder(Path(__file__).resolve().parents[2] / "plants" / "two-tanks").result.text)
FIRST = date(2026, 3, 31)


def staffed(days: int, people: int) -> dict[str, str]:
    """Two tanks with so many people in each of its crews, of whom each has a row of attendance on each of the days.

    By the rotation crew C works D on the first two days of every eight.
    """
    persons = [(f"{crew}{n}", crew) for crew in "ABCD" for n in range(people)]
    posts = [f"mill,post-{n},," for n in range(people)]
    members = [f"{person},mill,{crew},post-{person[1:]}" for person, crew in persons]
    attendance = [
        f"{FIRST + timedelta(days=8 * day)},D,mill,{person},{'leave' if crew == 'C' else 'overtime'},2"
        for day in range(days)
        for person, crew in persons
    ]
    return {
        **TWO_TANKS,
        "posts.csv": "\n".join(["area,post,name_zh,name_en", *posts, ""]),
        "members.csv": "\n".join(["person,area,crew,post", *members, ""]),
        "attendance.csv": "\n".join(["day,slot,area,person,kind,hours", *attendance, ""]),
    }


def calls(files: dict[str, str]) -> tuple[int, tuple[Issue, ...]]:
    """How many functions are called, those of C among them, to read and to check these texts; and what is found."""
    count = 0

    def counted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        found = load_text(files)
        issues = check(found.result)
    finally:
        sys.setprofile(None)
    return count, (*found.issues, *issues)


def test_t4_checking_grows_with_the_rows_and_no_faster() -> None:
    calls(staffed(2, 4))  # imports
    (small, faultless), (large, also) = calls(staffed(6, 15)), calls(staffed(12, 30))
    assert (faultless, also) == ((), ())
    assert large < 4.5 * small  # four times the attendance; searched for each row of it, the plant took 5.6 times the calls
