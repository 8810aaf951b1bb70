"""The folder of a simulated plant as a second reader sees it: text and raw readings, nothing of the product imported.

It knows only what `shiftledger simulate refinery` writes (times with their offset, one undated price per material, dry flows), and
raises ValueError for anything else: a route that guessed would prove nothing.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

MINUTE = 60_000_000
HOUR = 60 * MINUTE
FACTORS = {("t/h", "t"): 1.0, ("m3/h", "m3"): 1.0, ("kWh", "kWh"): 1.0, ("t", "t"): 1.0}
GRACE, LOOKBACK, QUANTUM, CENTS = 30 * MINUTE, 21, "0.001", 2  # where the plant's text says nothing else
SPANS = {"min": MINUTE, "h": HOUR, "d": 24 * HOUR}

Row = dict[str, str]
Course = tuple[np.ndarray, np.ndarray]  # instants (UTC us, rising) and values


@dataclass(frozen=True)
class Stream:
    """One way of one material; `meters`: its rows of meters.csv. Unmetered, it may follow another by a share."""

    id: str
    source: str
    target: str
    material: str
    meters: tuple[Row, ...]
    follows: str = ""
    share: float = 0.0

    @property
    def kind(self) -> str:
        return self.meters[0]["kind"] if self.meters else "follows" if self.follows else "derived"


@dataclass(frozen=True)
class Folder:
    """A plant's text and the readings that money rests on. Prices in currency per unit, instants in UTC microseconds."""

    zone: ZoneInfo
    slots: tuple[time, ...]
    quantum: dict[str, Decimal]
    unit: dict[str, str]
    price: dict[str, Decimal]
    streams: dict[str, Stream]
    area_of: dict[str, str]  # by unit
    stocks: dict[str, tuple[str, Row]]  # material and the row of the level meter
    charges: dict[str, Decimal]  # money that a party asks for an event, by kind
    readings: dict[str, Course]
    events: tuple[tuple[int, str], ...]  # start and kind

    def shifts(self, day: date) -> list[tuple[int, int]]:
        """Instants of the day's shifts, in order."""
        edges = [self._instant(day, slot) for slot in self.slots]
        edges = [edge if edge >= edges[0] else self._instant(day + timedelta(1), slot)
                 for edge, slot in zip(edges, self.slots, strict=True)]  # fmt: skip
        return list(zip(edges, [*edges[1:], self._instant(day + timedelta(1), self.slots[0])], strict=True))

    @property
    def longest_slot(self) -> int:
        """Nominal length of the longest shift."""
        minutes = [slot.hour * 60 + slot.minute for slot in self.slots]
        return max((b - a) % 1440 or 1440 for a, b in zip(minutes, [*minutes[1:], minutes[0]], strict=True)) * MINUTE

    def _instant(self, day: date, at: time) -> int:
        return round(datetime.combine(day, at, self.zone).astimezone(UTC).timestamp()) * 1_000_000

    def changed(self, row: Row) -> int:
        """When the meter of a row took over."""
        return self._instant(date.fromisoformat(row["valid_from"]), time.fromisoformat(row["changed_at"]))

    def account(self, node: str) -> str:
        """The account of a stream's end."""
        return f"area:{self.area_of[node]}" if node in self.area_of else f"stock:{node}" if node in self.stocks else node


def read_folder(folder: Path) -> Folder:
    """Text and readings of a plant."""
    plant = _toml(folder / "plant.toml")["plant"]
    meters = _csv(folder / "meters.csv")
    materials = _toml(folder / "materials.toml")["material"]
    units = _toml(folder / "units.toml")["unit"]
    slots = _toml(folder / "rotations.toml")["rotation"]["four-crews"]["slots"]
    if {"grace", "lookback", "money_decimals"} & set(plant):
        raise ValueError("plant.toml sets what this route takes for its default")
    streams = {
        name: Stream(name, row["from"], row["to"], row["material"], tuple(m for m in meters if m["stream"] == name and m["kind"] != "lab"),
                     row.get("follows", ""), float(row.get("share", 0)))
        for name, row in _toml(folder / "streams.toml")["stream"].items()
    }  # fmt: skip
    wanted = {m["tag"] for m in meters if m["kind"] in ("rate", "counter", "lot", "level")}
    return Folder(
        zone=ZoneInfo(plant["zone"]),
        slots=tuple(slot["start"] for slot in slots),
        quantum={name: Decimal(row.get("quantum", QUANTUM)) for name, row in materials.items()},
        unit={name: row["unit"] for name, row in materials.items()},
        price=_prices(folder),
        streams=streams,
        area_of={name: row["area"] for name, row in units.items()},
        stocks={
            name: (row["material"], next(m for m in meters if m["stock"] == name))
            for name, row in _toml(folder / "stocks.toml")["stock"].items()
        },
        charges={row["event"]: Decimal(row["amount"]) for row in _csv(folder / "charges.csv") if row["party"]},
        readings=_readings(folder / "readings", wanted),
        events=tuple((_us(row["start"]), row["kind"]) for row in _csv(folder / "readings" / "log.csv")),
    )


def _toml(path: Path) -> dict:
    return tomllib.loads(path.read_text("utf-8"))


def _csv(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def _prices(folder: Path) -> dict[str, Decimal]:
    rows = _csv(folder / "prices" / "planned.csv")
    if "valid_from" in rows[0] or len({row["material"] for row in rows}) != len(rows):
        raise ValueError("prices change: this route takes one price per material")
    return {row["material"]: Decimal(row["price"]) for row in rows}


def _us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * 1_000_000


def _readings(folder: Path, wanted: set[str]) -> dict[str, Course]:
    """Readings by tag, in order of time; what came twice counts once, what contradicts itself at one instant not at all. # R2

    Lots keep every row: two trucks may end at one moment.
    """
    found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for path in sorted(folder.glob("historian-*.parquet")):
        table = pq.read_table(path)
        table = table.set_column(1, "tag", table["tag"].cast(pa.string()))
        table = table.filter(pc.is_in(table["tag"], pa.array(sorted(wanted))))
        tags, stamps, values = (table[name].to_numpy() for name in ("tag", "time", "value"))
        order = np.argsort(tags, kind="stable")
        cuts = np.flatnonzero(tags[order][1:] != tags[order][:-1]) + 1
        for part in np.split(order, cuts):
            if len(part):
                found.setdefault(str(tags[part[0]]), []).append(
                    (stamps[part].astype("datetime64[us]").astype(np.int64), values[part])
                )
    courses = {tag: _once(*(np.concatenate(column) for column in zip(*parts, strict=True))) for tag, parts in found.items()}
    for name in ("dips.csv", "lots.csv"):
        by_tag: dict[str, list[tuple[int, float]]] = {}
        for row in _csv(folder / name):
            by_tag.setdefault(row["tag"], []).append((_us(row["time"]), float(row["value"])))
        for tag, rows in by_tag.items():
            stamps, values = np.array([at for at, _ in sorted(rows)]), np.array([value for _, value in sorted(rows)])
            courses[tag] = (stamps, values) if name == "lots.csv" else _once(stamps, values)
    return courses


def _once(stamps: np.ndarray, values: np.ndarray) -> Course:
    pairs = np.unique(np.stack([stamps.astype(np.float64), values]), axis=1)
    at, count = np.unique(pairs[0], return_counts=True)
    kept = np.isin(pairs[0], at[count == 1])
    return pairs[0][kept].astype(np.int64), pairs[1][kept]


def length(text: str, default: int = 0) -> int:
    """Microseconds of a time such as 90min, 12h, 40d."""
    if not text:
        return default
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(number) * SPANS[text[len(number) :]]
