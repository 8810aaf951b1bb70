"""How good are the product's figures on refineries whose truth is known? The scorecard, seed by seed and in sum.

    python bench/scorecard.py --seeds 101..120 [--days 182] [--base-days 120] [--jobs 2] [--json] [--fresh] [--keep DIR]

Each seed is another refinery (constants, letters, weather, faults, stories). It is simulated, loaded and closed with the product;
then its books are held against raw readings and against the truth (`bench/scores/`). Grade on seeds that were not used while building.
One line a seed; then every row with mean, standard error over the seeds, their number, and beside it what the oracle reaches:
the same figure for who knows the meters' true errors. A stage that is not built says so.

Seeds that are done lie in `build/scorecard`, by options and program: a second call goes on where the first ended. A seed's plant is
removed when it is done, and each seed has a process of its own, so memory does not grow. Exit status 1 if money or replays are not exact.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "bench")]
DONE = ROOT / "build" / "scorecard"
BASE_DAYS = 120
Found = dict[str, Any]


@dataclass(frozen=True)
class Measure:
    """A line of the scorecard: what is measured, what is wanted of it, where a seed's record has it and the oracle's; None: not built."""

    row: str
    what: str
    target: str
    key: str | None = None
    oracle: str | None = None
    form: Callable[[float], str] = "{:.3f}".format


def money(value: float) -> str:
    return f"{value:,.2f}"


MEASURES = (
    Measure("Ledger", "largest gap of a day between areas + site and cash + stocks, CNY", "0.00", "money_gap", "zero", money),
    Measure("", "stocks in shifts that flows alone tell (the check proves less)", "", "by_flows"),
    Measure("Flows", "truth inside the 90 % interval of a posted flow", "0.85-0.95", "covered", "covered_oracle"),
    Measure("", "width of that interval over the oracle's, median", "", "width", "one"),
    Measure("Reconciliation", "RMSE reconciled/raw; biased meter named first; false alarms", "0.7; 0.90; 0.05"),
    Measure("Crew ranking", "Spearman with the truth after 1/3/6 months", "0.65/0.80/0.85"),
    Measure("Calibration", "coverage of crew effects with width; Brier of P(best)", "0.85-0.95"),
    Measure("Daily board", "truly best on duty ranked first", "0.65"),
    Measure("Project", "coverage with width; placebo without a verified saving", "0.85-0.95; 0.90"),
    Measure("Gaming", "power at 40 t over-read in 91 days; false alarms", "0.90; 0.05"),
    Measure("Robustness", "figures that differ after turns, gaps, repeats, late results", "0", "differ", "zero", "{:.0f}".format),
    Measure("", "replays that met a counter's turn", "", "turned"),
)


def scored(seed: int, days: int, base_days: int, keep: Path | None) -> Found:
    """Simulate, close and measure one seed. Whatever fails is told, not raised: one bad seed must not hide the others."""
    from scores import books, coverage, money, replay
    from scores.plant_read import read_folder

    from shiftledger.simulate import Settings, simulate

    began = time.perf_counter()
    settings = Settings(seed, days, base_days)
    with tempfile.TemporaryDirectory(prefix="shiftledger-score-") as scratch:
        try:
            written = simulate(settings, (keep or Path(scratch)) / f"seed-{seed}")
            plant = books.closed(written.plant, written.files)
            sealed = books.sealed_days(plant)
            raw = read_folder(written.plant)
            gaps = [books.areas_and_site(one) - money.day_result(raw, one.day) for one in books.results(plant, sealed)]
            blind, stocks = (sum(column) for column in zip(*(money.by_flows(raw, day) for day in sealed), strict=True))
            scoring = [day for day in sealed if day >= settings.first_day]
            flows = coverage.covered(raw, settings, books.results(plant, scoring))
            again = replay.replayed(written.plant, Path(scratch) / "replay", seed)
        except Exception as error:  # whatever it is, the seed that does it is what is looked for
            return {"seed": seed, "error": f"{type(error).__name__}: {error}"[:300], "seconds": time.perf_counter() - began}
    return {
        "seed": seed,
        "days": len(sealed),
        "money_gap": max(map(abs, gaps)) / 100,
        "money_days_off": sum(gap != 0 for gap in gaps),
        "by_flows": blind / stocks,
        "flows": flows.rows,
        "covered": flows.product,
        "covered_oracle": flows.oracle,
        "width": flows.width,
        "figures": again.figures,
        "differ": again.differ,
        "turned": float(again.turned),
        "zero": 0.0,
        "one": 1.0,
        "seconds": time.perf_counter() - began,
    }


# Running.


def all_scored(seeds: Sequence[int], days: int, base_days: int, jobs: int, fresh: bool, keep: Path | None) -> Iterator[Found]:
    """Each seed's record as it is done; those of an earlier call first."""
    key = f"{days}-{base_days}-{program()}"
    DONE.mkdir(parents=True, exist_ok=True)
    paths = {seed: DONE / f"seed-{seed}-{key}.json" for seed in seeds}
    known = [seed for seed in seeds if paths[seed].exists() and not fresh]
    for seed in known:
        yield json.loads(paths[seed].read_text("utf-8"))
    # a process for each seed: what a close has allocated goes with it
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        waiting = [pool.submit(scored, seed, days, base_days, keep) for seed in seeds if seed not in known]
        for one in as_completed(waiting):
            found = one.result()
            if "error" not in found:
                partly = paths[found["seed"]].with_suffix(".partly")
                partly.write_text(json.dumps(found), "utf-8")
                os.replace(partly, paths[found["seed"]])
            yield found


def program() -> str:
    """A hash of the program and of this bench: what another program found is no answer for this one."""
    found = hashlib.sha256()
    for path in sorted([*(ROOT / "src").rglob("*.py"), Path(__file__), *(ROOT / "bench" / "scores").glob("*.py")]):
        found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]


# Telling.


def line_of(found: Found) -> str:
    """A seed in one line."""
    if "error" in found:
        return f"seed {found['seed']:>4}: FAILED after {found['seconds']:.0f} s: {found['error']}"
    return (
        f"seed {found['seed']:>4}: {found['days']} days, money off by {money(found['money_gap'])} on {found['money_days_off']} days; "
        f"flows covered {found['covered']:.3f} (oracle {found['covered_oracle']:.3f}), width x {found['width']:.2f}; "
        f"{found['differ']} of {found['figures']} figures differ; {found['seconds']:.0f} s"
    )


def rows_of(records: Sequence[Found]) -> list[Found]:
    """Every row of the scorecard over the seeds."""
    return [
        {
            "row": one.row, "what": one.what, "target": one.target, "built": one.key is not None,
            **dict(zip(("mean", "se"), mean_and_error([found[one.key] for found in records]) if one.key else (None, None), strict=True)),
            "n": len(records) if one.key else 0,
            "oracle": mean_and_error([found[one.oracle] for found in records])[0] if one.oracle else None,
        }
        for one in MEASURES
    ]  # fmt: skip


def mean_and_error(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Mean and its standard error; None where there are too few to tell.

    >>> mean_and_error([1.0, 3.0])
    (2.0, 1.0)
    """
    if not values:
        return None, None
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return mean, None
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, math.sqrt(variance / len(values))


def table_of(rows: Sequence[Found]) -> str:
    """The scorecard as text: two lines a row, so that it fits 80 columns."""
    lines = [f"{'row':<16}{'found':>22}{'seeds':>7}{'oracle':>11}  wanted", "-" * 80]
    for row, one in zip(rows, MEASURES, strict=True):
        told = "not built"
        if row["built"]:
            told = "no seed" if row["mean"] is None else one.form(row["mean"])
            told += "" if row["se"] is None else f" +- {one.form(row['se'])}"
        oracle = "" if row["oracle"] is None else one.form(row["oracle"])
        lines.append(f"{row['row']:<16}{told:>22}{row['n'] or '':>7}{oracle:>11}  {row['target']}".rstrip())
        lines.append(f"    {row['what']}")
    return "\n".join(lines)


def main(asked: argparse.Namespace) -> int:
    records = []
    for found in all_scored(asked.seeds, asked.days, asked.base_days, asked.jobs, asked.fresh, asked.keep):
        records.append(found)
        print(line_of(found), file=sys.stderr if asked.json else sys.stdout, flush=True)
    good = sorted((found for found in records if "error" not in found), key=lambda found: found["seed"])
    rows = rows_of(good)
    if asked.json:
        failed = [found for found in records if "error" in found]
        print(
            json.dumps(
                {"version": 1, "days": asked.days, "base_days": asked.base_days, "rows": rows, "seeds": good, "failed": failed}
            )
        )
    else:
        print("\n" + table_of(rows))
    return int(len(good) < len(records) or any(found["money_gap"] or found["differ"] for found in good))


def seeds_of(text: str) -> range:
    """Seeds from "A..B" or one seed."""
    first, _, last = text.partition("..")
    try:
        found = range(int(first), int(last or first) + 1)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: write A..B, such as 1..3") from None
    if not found or found[0] < 0:
        raise argparse.ArgumentTypeError(f"{text!r} names no seed")
    return found


def at_least(least: int) -> Callable[[str], int]:
    """A whole number that is not too small."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r}: write a whole number from {least} on")
        return int(text)

    return read


def options() -> argparse.ArgumentParser:
    asked = argparse.ArgumentParser(description="The product's figures on refineries whose truth is known.")
    asked.add_argument("--seeds", type=seeds_of, default=seeds_of("1..3"), help="A..B")
    asked.add_argument("--days", type=at_least(8), default=182, help="after the base period, at least 8: replays need room")
    asked.add_argument("--base-days", type=at_least(0), default=BASE_DAYS)
    asked.add_argument("--jobs", type=at_least(1), default=2)
    asked.add_argument("--json", action="store_true", help="rows and seeds as JSON; progress goes to standard error")
    asked.add_argument("--fresh", action="store_true", help="forget what an earlier call found")
    asked.add_argument("--keep", type=Path, help="leave the plants and their books in this folder")
    return asked


if __name__ == "__main__":
    sys.exit(main(options().parse_args()))
