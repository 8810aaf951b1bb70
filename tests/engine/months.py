"""two-tanks with readings of a whole spring, so that months can be settled: one working shift, 2026-03-31.E, else idle."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import shiftledger as sl
import two_tanks as w
from shiftledger.api import PlantView
from shiftledger.ledger.posting import Posting, balances

ZONE = ZoneInfo("Europe/Berlin")
RATES = {"FT-ORE": "12.5", "FT-MILL": "12.25", "FT-FILTER": "11.25", "FT-PRODUCT": "11.125", "FT-STEAM": "2.5"}
BEGIN = date(2026, 3, 30)
CASH, STOCK = 925_000, 126_000  # 22,250 - 10,000 - 3,000; (57 - 50) x 180

Row = tuple[str, str, str, int, int, str, str]


def at(text: str) -> str:
    """A local time of the plant with its offset."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).isoformat()


def spring(folder: Path, last: date = date(2026, 4, 3)) -> PlantView:
    """A copy whose readings run from 2026-03-30 to the end of production day `last`, loaded and not closed. The tank is dipped every day
    at 06:00, and on 2026-03-31 at 14:00 and 22:00, too."""
    target = w.copy(folder)
    lines, moment = ["time,tag,value"], datetime(2026, 3, 30, 6)
    end = datetime(last.year, last.month, last.day, 6) + timedelta(days=1)
    while moment <= end:
        working = datetime(2026, 3, 31, 14) <= moment < datetime(2026, 3, 31, 22)
        lines += [f"{at(moment.isoformat())},{tag},{rate if working else 0}" for tag, rate in RATES.items()]
        if moment.hour == 6 or moment in (datetime(2026, 3, 31, 14), datetime(2026, 3, 31, 22)):
            lines.append(f"{at(moment.isoformat())},LT-T,{57 if moment >= datetime(2026, 3, 31, 22) else 50}")
        moment += timedelta(hours=2)
    with (target / "sources.toml").open("a", encoding="utf-8") as sources:
        sources.write('revision = "revision"\n')  # of the late results: the highest counts, whatever came last
    (target / "readings" / "meters.csv").write_text("\n".join(lines) + "\n", "utf-8")
    plant = sl.open(target)
    w.load(plant, *w.BASE, w.MOISTURE)
    return plant


def late(plant: PlantView, revision: int, *readings: tuple[str, str, str], known_at: str = w.SOON) -> None:
    """Load corrected readings (local time, tag, value)."""
    path = plant.folder / "late" / f"revision-{revision}.csv"
    rows = "".join(f"{at(moment)},{tag},{value},{revision}\n" for moment, tag, value in readings)
    path.write_text("time,tag,value,revision\n" + rows, "utf-8")
    w.load(plant, f"late/{path.name}", known_at=known_at)


def flow_to_filter(rate: str) -> list[tuple[str, str, str]]:
    """The flow from the tank to the filter in the working shift: 8 h at `rate` t/h."""
    return [(f"2026-03-31T{hour}:00", "FT-FILTER", rate) for hour in (14, 16, 18, 20)]


def close(plant: PlantView, first: date = BEGIN, last: date = date(2026, 4, 3)) -> dict[str, str]:
    """What a close did, by day, leaving out what it left unchanged."""
    done = sl.close(plant, first, last)
    assert done.ok, done.issues
    assert done.report is not None
    return {day.day.isoformat(): day.outcome for day in done.report.days if day.outcome != "unchanged"}


def filter_value(plant: PlantView) -> int:
    """V of the filter in the working shift, in cents."""
    return w.statement(plant, "filter").value


def rows(plant: PlantView, kind: str, day: str = w.DAY) -> list[Row]:
    """Rows of one kind: from, to, what, quanta, cents, shift, month."""
    return sorted(
        (p.source, p.target, p.what, p.qty, p.amount, p.shift, p.month) for p in w.postings(plant, day) if p.kind == kind
    )


def counting(found: tuple[Posting, ...]) -> dict[str, int]:
    """Balances of areas and of the site's accounts, in cents."""
    return {account: cents for account, cents in balances(found).items() if account.split(":")[0] in ("area", "site") and cents}


def holds(plant: PlantView, *, cents: int = CASH + STOCK, day: str = w.DAY) -> None:
    """Verify holds, and the day's money adds up: area values and site accounts are cash and stock change, counted by hand."""
    view = sl.verify(plant)
    assert view.ok, view.issues
    accounts = balances(w.postings(plant, day))
    assert sum(accounts.values()) == 0
    assert sum(counting(w.postings(plant, day)).values()) == cents
