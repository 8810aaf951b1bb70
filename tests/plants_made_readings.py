"""What do the meters, gauges, laboratory, tariff and weighbridge of a made-up plant say? Its truth, told as files of readings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from plants_made import MINUTE, STEP, Flow, Made
from plants_made_text import plain

Reading = tuple[int, str, str]  # instant, tag, value


def readings(plant: Made) -> list[Reading]:
    """Everything that meters, gauges and the laboratory say, of numbers; by tag and time."""
    found: list[Reading] = []
    for f in plant.flows.values():
        found += _told(plant, f)
        found += [(plant.at(i), f"LAB-{f.id}", f"{a}") for i, a in enumerate(f.assay) if not i or a != f.assay[i - 1]]
        for material, result, *_ in plant.terms.quality:
            if material == f.material and f.sign:
                found.append((plant.at(0), f"Q-{f.id}", f"{result}"))
    for s in plant.stocks.values():
        found += [(t, f"LT-{s.id}", plain(n * s.grain)) for t, n in s.dips if n >= 0]
        found += [(plant.at(0), f"LAB-{s.id}", f"{s.assay}")] if s.assay else []
    return found


def _told(plant: Made, f: Flow) -> Iterable[Reading]:
    """What the meter of a flow says: see `plants_made.Flow`."""
    steps = range(plant.steps)
    if f.kind in ("rate", "linear"):
        times = 2 if f.kind == "rate" else 4
        ends = (*f.told, f.told[-1])
        yield from ((plant.at(i), f.tag, plain(times * ends[i] * f.grain)) for i in range(plant.steps + 1))
    elif f.kind == "interval":
        yield from ((plant.at(i) + STEP, f.tag, plain(f.told[i] * f.grain)) for i in steps)
    elif f.kind == "counter":
        register = 12345 if not f.modulus else f.modulus * 3 // 4
        yield plant.at(0), f.tag, plain(register * f.grain)
        for i in steps:
            register += f.told[i]
            register -= f.modulus if f.modulus and register >= f.modulus else 0
            yield plant.at(i) + STEP, f.tag, plain(register * f.grain)


def state_rows(plant: Made) -> list[Reading]:
    """Tariff, weather, running states, fouling: by a generator of their own."""
    rng = Random(f"states {plant.seed}")
    found = [(plant.at(0), "WEATHER", "dry")] + [
        (plant.at(i), "WEATHER", rng.choice(("dry", "wet"))) for i in range(1, plant.steps, 5)
    ]
    for unit in ("U0", "U2"):
        found.append((plant.at(0), f"RUN-{unit}", "on"))
        found += [
            (plant.at(i) + 421_000_000, f"RUN-{unit}", rng.choice(("on", "on", "jam", "trip", "off")))
            for i in range(3, plant.steps, 7)
        ]
    found += [(plant.at(i), "TARIFF", band) for i, band in enumerate(plant.tariff) if not i or band != plant.tariff[i - 1]]
    for area in [*plant.areas][:2]:
        found += [
            (plant.at(i) + 777_000_000, f"ST-{area}", f"0.{rng.randint(10, 95)}")
            for i in range(0, plant.steps, rng.choice((3, 8)))
        ]
    return found


def lot_files(plant: Made) -> dict[str, str]:
    """Trucks by ticket, and bills of whole production days."""
    files = {}
    for f in plant.flows.values():
        lines = ["ticket,from,to,amount" + (",band" if f.stated else "")]
        if f.kind == "lot":
            for i, n in enumerate(f.told):
                if n:
                    at = plant.at(i) + 7 * MINUTE
                    lines.append(f"T{i},{stamp(at - 5 * MINUTE)},{stamp(at)},{plain(n * f.grain)}")
        elif f.kind == "booking":
            for day in plant.labels:
                start, end = plant.start_of(day), plant.start_of(day + timedelta(days=1))
                for band, amount in billed(plant, f, start, end).items():
                    lines.append(
                        f"B{day},{stamp(start)},{stamp(end)},{plain(amount * f.grain)}" + (f",{band}" if f.stated else "")
                    )
        if len(lines) > 1:
            files[f"lots/{f.id}.csv"] = "\n".join([*lines, ""])
    return files


def billed(plant: Made, f: Flow, start: int, end: int) -> dict[str, int]:
    """The grains of a bill, by the tariff's bands where it states them (those that held), else as one."""
    found: dict[str, int] = {}
    for i in range(plant.step(start), plant.step(end)):
        band = plant.tariff[i] if f.stated else ""
        found[band] = found.get(band, 0) + f.told[i]
    return found


def log_file(plant: Made) -> str:
    """The log book of halts and spills."""
    rows = [f"E{i},{e.unit},{e.kind},{e.cause},{stamp(e.start)},{stamp(e.end)}" for i, e in enumerate(plant.terms.log)]
    return "\n".join(["id,unit,kind,cause,start,end", *rows, ""])


def stamp(at: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isoformat()


def csv_of(rows: Sequence[Reading], revision: int = 0) -> str:
    return "\n".join(["time,tag,value,revision", *(f"{stamp(t)},{tag},{value},{revision}" for t, tag, value in rows), ""])


def reading_files(plant: Made) -> dict[str, str]:
    """All files of readings: two of meters, one of states, one for each kind of lots."""
    rows = sorted(readings(plant), key=lambda row: (row[1], row[0]))
    half = len(rows) // 2
    states = "\n".join(["time,tag,value", *(f"{stamp(t)},{tag},{value}" for t, tag, value in state_rows(plant)), ""])
    return {
        "readings/rows-1.csv": csv_of(rows[:half]), "readings/rows-2.csv": csv_of(rows[half:]), "readings/states.csv": states,
        **lot_files(plant), "readings/log.csv": log_file(plant),
    }  # fmt: skip


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return folder
