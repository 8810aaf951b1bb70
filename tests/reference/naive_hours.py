"""Hours on duty by the standard library alone: the text of a plant folder, walked in steps of five minutes (T3, T4; an independent route).

    python naive_hours.py PLANT 2026-01-01 2026-12-31

It knows rotations of one pattern, a production day that is called by its start, and attendance in multiples of five minutes.
"""

from __future__ import annotations

import csv
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

STEP = timedelta(minutes=5)
Hours = Counter[tuple[str, str, str]]  # month, area, crew


def hours(folder: Path, first: date, last: date) -> Hours:
    """Hours by month, area and crew letter."""
    total: Hours = Counter()
    rows = {name: _rows(folder, name) for name in ("members", "roster", "attendance")}
    areas, rotations = (tomllib.loads((folder / f"{name}.toml").read_text("utf-8")) for name in ("areas", "rotations"))
    zone = ZoneInfo(tomllib.loads((folder / "plant.toml").read_text("utf-8"))["plant"]["zone"])
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        for (area, crew, _), minutes in _of_day(day, areas["area"], rotations["rotation"], rows, zone).items():
            total[f"{day:%Y-%m}", area, crew] += minutes
    return total


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    path = folder / f"{name}.csv"
    return list(csv.DictReader(path.open(encoding="utf-8"))) if path.exists() else []


def _of_day(day: date, areas: dict, rotations: dict, rows: dict, zone: ZoneInfo) -> Counter[tuple[str, str, str]]:  # type: ignore[type-arg]
    """Hours of a production day by area, crew and person."""
    people = [row for row in rows["members"] if _holds(row, day)]
    shifts = {}
    for area, about in areas.items():
        if _holds({key: str(value) for key, value in about.items()}, day):
            for slot, steps in _slots(day, rotations[about["rotation"]], zone):
                crew = _rota(day, rotations[about["rotation"]], slot)
                entries = [r for r in rows["roster"] if (r["day"], r["slot"], r["area"]) == (str(day), slot, area)]
                shifts[area, slot] = [(at, _on_duty(at, entries, crew, steps, zone)) for at in steps]
    duty: dict[tuple[str, str, str, str], Fraction] = {}
    for (area, slot), steps in shifts.items():
        for row in people:
            share = Fraction(row.get("share") or 1) * Fraction(STEP / timedelta(hours=1)).limit_denominator(12)
            worked = sum(crew == row["crew"] for _, crew in steps) if row["area"] == area else 0
            if worked:
                duty[area, slot, row["person"], row["crew"]] = worked * share
    extra: Counter[tuple[str, str, str]] = Counter()
    notes = [row for row in rows["attendance"] if row["day"] == str(day)]
    for row in sorted(notes, key=lambda row: row["kind"] in ("overtime", "loan")):
        asked = Fraction(row["hours"]) if row["hours"] else None
        if row["kind"] in ("leave", "absent"):
            _off(duty, row["area"], row["slot"], row["person"], asked)
            continue
        steps = shifts[row["area"], row["slot"]]
        asked = Fraction(len(steps), 12) if asked is None else asked
        most = Counter(crew for _, crew in steps if crew).most_common(1)[0][0]
        extra[row["area"], most, row["person"]] += asked  # type: ignore[assignment]
        if row["kind"] == "loan":
            for (area, slot), own in shifts.items():
                both = len({at for at, _ in own} & {at for at, _ in steps})
                if both and (area, slot) != (row["area"], row["slot"]):
                    _off(duty, area, slot, row["person"], min(asked, Fraction(both, 12)))
    for (area, _, person, crew), worked in duty.items():
        extra[area, crew, person] += worked  # type: ignore[assignment]
    return extra


def _off(duty: dict[tuple[str, str, str, str], Fraction], area: str, slot: str, person: str, asked: Fraction | None) -> None:
    for key in sorted(key for key in duty if key[:3] == (area, slot, person)):
        taken = duty[key] if asked is None else min(duty[key], asked)
        duty[key] -= taken
        asked = None if asked is None else asked - taken


def _holds(row: dict[str, str], day: date) -> bool:
    return (row.get("valid_from") or "0") <= str(day) <= (row.get("valid_to") or "9")


def _slots(day: date, rotation: dict, zone: ZoneInfo) -> Iterator[tuple[str, list[datetime]]]:  # type: ignore[type-arg]
    """Each slot with the instants of its steps."""
    slots = rotation["slots"]
    for n, slot in enumerate(slots):
        begin: time = slot["start"]
        end: time = slot.get("end") or slots[(n + 1) % len(slots)]["start"]
        start = datetime.combine(day, begin, zone)
        stop = datetime.combine(day if end > begin else day + timedelta(days=1), end, zone)
        at, until = start.astimezone(UTC), stop.astimezone(UTC)
        yield slot["id"], [at + i * STEP for i in range(int((until - at) / STEP))]


def _rota(day: date, rotation: dict, slot: str) -> str:  # type: ignore[type-arg]
    pattern, anchor = rotation["pattern"], rotation["anchor"]
    crews = [crew for crew, phase in rotation["crews"].items() if pattern[((day - anchor).days + phase) % len(pattern)] == slot]
    return crews[0] if crews else ""


def _on_duty(at: datetime, entries: list[dict[str, str]], crew: str, steps: list[datetime], zone: ZoneInfo) -> str:
    """The crew that an entry of the roster names for the instant, else the rotation's; entries are local times of one calendar day."""
    local = at.astimezone(zone)
    for row in entries:
        begin = row["start"] or f"{steps[0].astimezone(zone):%H:%M}"
        end = row["end"] or "24:00"
        if begin <= f"{local:%H:%M}" < end or not (row["start"] or row["end"]):
            return row["crew"]
    return crew


if __name__ == "__main__":
    found = hours(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), date.fromisoformat(sys.argv[3]))
    for key, value in sorted(found.items()):
        print(*key, float(value))
