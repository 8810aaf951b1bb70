"""Which column is the time, how is it written, and what does a stamp name (R3)? What cannot be told is said, with the rows that decide."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from shiftledger.core.period import DAY, MINUTE
from shiftledger.readings.sources.guess_cells import is_time_like
from shiftledger.readings.sources.stamps import written_time

CLOCKS = ("", "%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%H时%M分", "%H时%M分%S秒", "%H%M", "%H%M%S")
DATES = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"),
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%m.%d.%y", "%d-%m-%y", "%m-%d-%y"),
    *("%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%b %d %Y", "%y/%m/%d", "%y-%m-%d"),
)
TIME_NAMES = ("time", "timestamp", "datetime", "date", "stamp", "zeit", "datum", "when", "时间", "日期", "时刻", "采样时间")
ONE = timedelta(microseconds=1)
CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")
SHARE = 0.8  # of the different cells: footers, totals and a header that comes again are no times


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times: its format, the format with day and month exchanged that fits as well (""), and what its stamps look like.

    `clock`: the column of the time of day where `column` holds the date alone (""). `step`: the usual time between two stamps (us,
    0: none). `midnight`, `stamps`: as in sources.toml. `repeats`: how many rows usually carry one stamp. `notes`: what was seen and
    what is a guess, by key.
    """

    column: str
    clock: str
    form: str
    rival: str
    step: int
    midnight: str
    stamps: str
    repeats: int
    notes: Mapping[str, str]


def times_of(columns: Mapping[str, Sequence[str]], first_line: int, day_start: int) -> Times | None:
    """The time column of a table; None if no column holds times. `day_start`: when the production day begins (us after midnight)."""
    clock = next((name for name, cells in columns.items() if _is_clock(cells)), "")
    scored = []
    for place, (name, cells) in enumerate(columns.items()):
        filled = [cell for cell in cells if cell]
        if filled and sum(is_time_like(cell) or is_iso(cell) for cell in filled) >= SHARE * len(filled):
            forms = _forms(filled)
            if forms:
                hinted = any(hint in name.lower() for hint in TIME_NAMES)
                scored.append((not hinted, place, name, forms))
    if not scored:
        return None
    _, _, name, forms = min(scored)
    cells = columns[name]
    if clock and clock != name and all(":" not in cell for cell in cells):
        cells = [f"{day} {at}".strip() for day, at in zip(cells, columns[clock], strict=True)]
        return _times(name, clock, cells, _forms([cell for cell in cells if cell]) or forms, first_line, day_start)
    return _times(name, "", cells, forms, first_line, day_start)


def _is_clock(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(CLOCK.fullmatch(cell) for cell in filled)


def is_iso(cell: str) -> bool:
    try:
        written_time(cell, "iso")
        return len(cell) >= 10 and ("-" in cell or "T" in cell)
    except (ValueError, OverflowError):
        return False


def _forms(cells: Sequence[str]) -> list[str]:
    """The formats that nearly all cells have, "iso" alone where they have that."""
    different = list(dict.fromkeys(cells))
    if sum(map(is_iso, different)) >= SHARE * len(different):
        return ["iso"]
    tried = []
    for form in (f"{date}{sep}{clock}" for date in DATES for clock in CLOCKS for sep in ((" ", "T", "") if clock else ("",))):
        if any(_read(cell, form) for cell in different[:3]):
            share = sum(_read(cell, form) is not None for cell in different) / len(different)
            if share >= SHARE:
                tried.append((share, form))
    best = max((share for share, _ in tried), default=0.0)
    return [form for share, form in tried if share == best]


def _read(cell: str, form: str) -> datetime | None:
    try:
        when, _ = written_time(cell, form)
    except (ValueError, OverflowError):
        return None
    when = when.replace(tzinfo=None)
    return when if 1980 <= when.year <= 2100 else None


def _times(name: str, clock: str, cells: Sequence[str], forms: list[str], first_line: int, day_start: int) -> Times:
    """The format whose stamps run most evenly, and what follows from them."""
    ranked = sorted(forms, key=lambda form: (-_evenness(cells, form), _year_first(form), forms.index(form)))
    form = ranked[0]
    swapped = _exchanged(form)
    rival = swapped if swapped in forms else ""
    notes = _order_notes(cells, form, rival, first_line)
    stamps = [when for cell in cells if (when := _read(cell, form)) is not None]
    repeats = _usual(Counter(stamps).values())
    midnight, stamps = _midnight(stamps)
    if midnight == "old":
        notes["midnight"] = "a guess: the stamps run forward only if 00:00 ends the day whose date it carries"
    step = _step(stamps)
    what, why = _named(stamps, step, midnight, day_start)
    if why:
        notes["stamps"] = why
    if repeats > 1:
        notes["repeats"] = f"a stamp usually stands on {repeats} rows; rows that say different things of one time are refused"
    return Times(name, clock, form, rival, step, midnight, what, repeats, notes)


def _year_first(form: str) -> bool:
    return form.startswith("%y")  # "26/03/04" is rather a day first than a year


def _evenness(cells: Sequence[str], form: str) -> float:
    """Share of steps from row to row that are the usual step or none."""
    stamps = [when for cell in cells if (when := _read(cell, form)) is not None]
    steps = Counter(abs(b - a) for a, b in pairwise(stamps) if a != b)
    return max(steps.values()) / sum(steps.values()) if steps else 0.0


def _exchanged(form: str) -> str:
    """The format with day and month exchanged."""
    return form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m") if "%d" in form and "%m" in form else ""


def _order_notes(cells: Sequence[str], form: str, rival: str, first_line: int) -> dict[str, str]:
    """Whether day or month comes first: the row that decides, or that none does and what each would mean."""
    other = _exchanged(form)
    if form == "iso" or not other or form.startswith(("%Y", "%y")) or "%b" in form:
        return {}
    first = "the day" if form.index("%d") < form.index("%m") else "the month"
    if not rival:
        for line, cell in enumerate(cells, first_line):
            if cell and _read(cell, form) and not _read(cell, other):
                return {"time_format": f'{first} comes first: line {line} says "{cell}"'}
        return {}
    rows = [(line, cell) for line, cell in enumerate(cells, first_line) if cell and _read(cell, form) != _read(cell, other)]
    even, uneven = _evenness(cells, form), _evenness(cells, rival)
    if even > uneven:
        return {"time_format": f"a guess: with {first} first the stamps follow each other evenly; no row has a day above 12"}
    said = "; ".join(f'line {line} "{cell}" is {_long(cell, form)} or {_long(cell, other)}' for line, cell in rows[:3])
    return {"time_format": f"CANNOT BE TOLD: day or month first? {said}. A row with a day above 12 would decide"}


def _long(cell: str, form: str) -> str:
    when = _read(cell, form)
    return f"{when:%d %B %Y}" if when else "no date"


def _usual(counts: Iterable[int]) -> int:
    return Counter(counts).most_common(1)[0][0] if counts else 1


def _midnight(stamps: list[datetime]) -> tuple[str, list[datetime]]:
    """Whether 00:00 carries the date of the day that it ends: then the stamps run forward only so."""
    moved = [when + timedelta(days=1) if (when.hour, when.minute, when.second) == (0, 0, 0) else when for when in stamps]
    clocked = any((when.hour, when.minute, when.second) != (0, 0, 0) for when in stamps)
    if clocked and moved != stamps and _backward(moved) < _backward(stamps):
        return "old", moved
    return "new", stamps


def _backward(stamps: Sequence[datetime]) -> int:
    """Steps against the direction in which most of the file runs."""
    back = sum(b < a for a, b in pairwise(stamps))
    return min(back, sum(b > a for a, b in pairwise(stamps)))


def _step(stamps: Sequence[datetime]) -> int:
    """The usual time between two different stamps (us); 0 if there is none."""
    different = sorted(set(stamps))
    steps = Counter((b - a) // ONE for a, b in pairwise(different))
    return steps.most_common(1)[0][0] if steps else 0


def _named(stamps: Sequence[datetime], step: int, midnight: str, day_start: int) -> tuple[str, str]:
    """Whether whole days are covered by starts or by ends of intervals, and why that is believed."""
    if not stamps or step < MINUTE or step >= DAY or DAY % step:
        return "instant", ""
    first, last = min(stamps), max(stamps)
    at_first, at_last = _clock(first), _clock(last)
    shown = f"the first is {first:%H:%M}, the last {last:%H:%M}"
    for begin in dict.fromkeys((0, day_start)):
        if at_first == (begin + step) % DAY and at_last == begin:
            return "end", f"a guess: whole days of stamps at the end of their interval ({shown})"
        if at_first == begin and at_last == (begin - step) % DAY:
            return "start", f"a guess: whole days of stamps at the start of their interval ({shown})"
    if midnight == "old":
        return "end", "a guess: a 00:00 that ends its day is the end of an interval"
    return "instant", ""


def _clock(when: datetime) -> int:
    return (when - when.replace(hour=0, minute=0, second=0, microsecond=0)) // ONE
