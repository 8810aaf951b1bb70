"""R3, R4: eaten decimal commas are found on generated columns and on a real file, and ordinary columns are left alone."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from readings.small import LONG, file, messages, plant, rows_of, wide
from shiftledger.plant.model import Meter, SourceFile
from shiftledger.readings.batch import Values
from shiftledger.readings.sources.eaten import Eaten, eaten_decimals
from shiftledger.readings.sources.files import read_file

Seeded = np.random.Generator


def found(words: list[str]) -> Eaten | None:
    return eaten_decimals(np.arange(len(words)), np.array([float(w) for w in words]), lambda i: words[i])


def shortest(values: Values, decimals: int) -> list[str]:
    """Numbers as most programs write them: without last zeros."""
    words = [f"{v:.{decimals}f}" for v in values]
    return [w.rstrip("0").rstrip(".") if "." in w else w for w in words]


def eaten(words: list[str], *, groups_only: bool) -> list[str]:
    """Without decimal signs; with `groups_only` those keep theirs that a sign between thousands could not be."""
    return [w if groups_only and len(w.partition(".")[2]) < 3 else w.replace(".", "") for w in words]


def flow(seed: int, count: int, noise: float) -> Values:
    """A quantity somewhere between 3 and 1,600 that wanders and scatters."""
    random = np.random.default_rng(seed)
    drift = np.cumsum(random.normal(0, noise / 5, count))
    return 10 ** random.uniform(0.5, 3.2) * np.exp(np.clip(drift, -0.5, 0.5) + random.normal(0, noise / 2, count))


@pytest.mark.parametrize("groups_only", [False, True])
@pytest.mark.parametrize("noise", [0.005, 0.03, 0.1])
@pytest.mark.parametrize("decimals", [3, 4])
def test_r4_eaten_columns_are_found(decimals: int, noise: float, groups_only: bool) -> None:
    missed = [s for s in range(20) if not found(eaten(shortest(flow(s, 500, noise), decimals), groups_only=groups_only))]
    assert missed == []


def two_levels(random: Seeded, count: int, ratio: float) -> Values:
    """A machine that runs or idles, each for a while."""
    running = np.cumsum(random.random(count) < random.uniform(0.02, 0.5)) % 2
    return 10 ** random.uniform(0, 4) * np.where(running, ratio, 1) * np.exp(random.normal(0, 0.02, count))


ORDINARY: dict[str, Callable[[Seeded, int], Values]] = {
    "wandering": lambda r, n: np.exp(np.cumsum(r.normal(0, 0.3, n))),
    "many decades": lambda r, n: 10 ** r.normal(3, 1.2, n),
    "two levels": lambda r, n: two_levels(r, n, 10 ** r.uniform(0.5, 3)),
    "two levels, ten apart": lambda r, n: two_levels(r, n, 10.0),
    "on and off": lambda r, n: np.where(r.random(n) < 0.5, r.exponential(0.05, n), 12 * np.exp(r.normal(0, 0.02, n))),
    "few pieces": lambda r, n: r.poisson(3, n).astype(float),
    "counter": lambda r, n: np.cumsum(r.exponential(3, n)),
    "counter that is reset": lambda r, n: np.cumsum(r.exponential(3, n)) % 997,
    "powers of ten": lambda r, n: 10.0 ** r.integers(0, 5, n),
    "settings": lambda r, n: r.choice([5.7, 57.0, 570.0, 5700.0], n),
    "spikes": lambda r, n: 50 * np.exp(r.normal(0, 0.02, n)) * np.where(r.random(n) < 0.05, 10 ** r.uniform(0.5, 2, n), 1),
}


@pytest.mark.parametrize("decimals", [0, 1, 3])
@pytest.mark.parametrize("kind", ORDINARY)
def test_r4_ordinary_columns_are_left_alone(kind: str, decimals: int) -> None:
    sizes = (600,) if kind == "two levels, ten apart" else (60, 600)  # sixty whole numbers that end in no 0 may be chance
    columns = {(n, s): shortest(ORDINARY[kind](np.random.default_rng(s), n), decimals) for n in sizes for s in range(10)}
    assert [key for key, words in columns.items() if found(words)] == []


def test_i5_the_order_of_rows_does_not_matter() -> None:
    words = eaten(shortest(flow(1, 300, 0.02), 3), groups_only=False)
    order = np.random.default_rng(0).permutation(len(words))
    shuffled = [words[i] for i in order]
    again = eaten_decimals(order, np.array([float(w) for w in shuffled]), lambda i: shuffled[i])
    straight = found(words)
    assert straight is not None
    assert again is not None
    assert (again.jumps, again.exact) == (straight.jumps, straight.exact)


def test_r4_what_is_eaten_everywhere_cannot_be_seen() -> None:
    """Always three decimals: every number is a thousand times too large, and nothing in the column says so."""
    assert found([f"{v:.3f}".replace(".", "") for v in flow(2, 400, 0.02)]) is None


TEXT = "time,flow\n" + "".join(
    f"2026-01-{4 + i // 24:02d} {i % 24:02d}:00,{w}\n"
    for i, w in enumerate(eaten(shortest(flow(3, 120, 0.02), 3), groups_only=False))
)


@pytest.mark.parametrize("layout", ["wide", "long"])
def test_r4_the_file_is_refused_with_the_lines_that_show_it(tmp_path: Path, layout: str) -> None:
    source = wide() if layout == "wide" else LONG
    source = replace(source, columns=(("flow", "FT-1"),) if layout == "wide" else ())
    text = TEXT if layout == "wide" else TEXT.replace("time,flow", "time,tag,value").replace(":00,", ":00,FT-1,")
    read = read_file(plant(source), file(tmp_path, text))
    assert (len(read.result.ts), read.result.rejected, [issue.code for issue in read.issues]) == (0, (), ["R013"])
    issue, lines = read.issues[0], text.splitlines()
    first, second = issue.message.split("line ")[1], issue.message.split("line ")[2]
    for said in (first, second):
        number, _, word = said.partition(" says ")
        assert lines[int(number) - 1].endswith("," + word.split(" ")[0].strip(";,."))
    assert str(issue.at) == f"a.csv:{first.split()[0]}"
    assert "Export the file again" in issue.remedy


def test_r4_who_knows_better_says_so(tmp_path: Path) -> None:
    source = wide(check_decimals=False)
    read = read_file(plant(replace(source, columns=(("flow", "FT-1"),))), file(tmp_path, TEXT))
    assert (len(read.result.ts), read.issues) == (120, ())


# --- a real file


def flotation(names: list[str], **changes: object) -> tuple[SourceFile, tuple[Meter, ...]]:
    columns = tuple((name, f"tag {name}") for name in names)
    source = replace(LONG, match="*", layout="wide", time="date", columns=columns, **changes)  # type: ignore[arg-type]
    return source, tuple(Meter(tag, "level") for _, tag in columns)


def header(path: Path) -> list[str]:
    with gzip.open(path, "rt") as stream:
        return [name for name in next(csv.reader(stream)) if name not in ("date", "row_in_hour", "source")]


def test_r4_the_flotation_file_that_a_spreadsheet_ate(data_set: Callable[[str], Path]) -> None:
    path = data_set("flotation/flotation_20s_first43h_mangled_as_found.csv.gz")
    source, meters = flotation(header(path), time_format="%d/%m/%y %H:%M", order="position", interval=20_000_000)
    read = read_file(plant(source, meters=meters, zone="America/Sao_Paulo"), path)
    assert len(read.result.ts) == 0
    named = {issue.message.split('"')[1] for issue in read.issues}
    assert {issue.code for issue in read.issues} == {"R013"}
    assert {"Ore Pulp pH", "Ore Pulp Density", "Amina Flow", "Flotation Column 01 Air Flow", "Flotation Column 07 Level"} <= named
    assert not named & {"% Iron Feed", "% Silica Feed", "% Iron Concentrate", "% Silica Concentrate"}  # two decimals: uneaten


def test_r3_the_recovered_flotation_file_loads_by_row_number_and_by_count(data_set: Callable[[str], Path]) -> None:
    path = data_set("flotation/flotation_20s_first43h_recovered.csv.gz")
    source, meters = flotation(header(path), order="position", interval=20_000_000, row_number="row_in_hour")
    one, other = (
        read_file(plant(replace(source, row_number=number), meters=meters, zone="America/Sao_Paulo"), path)
        for number in ("row_in_hour", "")
    )
    assert one.issues == ()
    assert rows_of(one.result) == rows_of(other.result)
    assert (
        messages(other.issues)
        == [
            f'{path.name}:2: note R019: the stamp "2017-03-10 01:00:00" has 174 rows, most have 180',
            f'{path.name}:7736: note R019: the stamp "2017-03-11 20:00:00" has 1 rows, most have 180'
            if len(other.issues) > 1
            else "",
        ][: len(other.issues)]
    )
    at = np.unique(one.result.ts)
    assert len(at) == 7_734
    assert set(np.diff(at).tolist()) == {20_000_000, 140_000_000}  # six rows are missing from the first hour


def test_r3_the_hourly_flotation_file_loads_with_points_and_with_quoted_commas(
    data_set: Callable[[str], Path], tmp_path: Path
) -> None:
    path = data_set("flotation/flotation_hourly.csv.gz")
    source, meters = flotation(header(path))
    with gzip.open(path, "rt") as stream:
        rows = list(csv.reader(stream))
    commas = tmp_path / "commas.csv"
    with commas.open("w", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([rows[0], *([c.replace(".", ",") for c in row] for row in rows[1:])])
    one = read_file(plant(source, meters=meters, zone="America/Sao_Paulo"), path)
    other = read_file(plant(replace(source, decimal=","), meters=meters, zone="America/Sao_Paulo"), commas)
    assert (one.issues, other.issues) == ((), ())
    assert len(one.result.ts) == 4_097 * 23
    assert [row[:5] for row in rows_of(one.result)] == [row[:5] for row in rows_of(other.result)]
