"""Readings that no plant can have: located issues, the rest of the days closes, never a traceback (I8, L5)."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as w


def variant(tmp_path: Path, extra: str) -> w.PlantView:
    folder = w.copy(tmp_path)
    readings = folder / "readings" / "meters.csv"
    readings.write_text(readings.read_text("utf-8") + extra, "utf-8")
    plant = sl.open(folder)
    sl.load(plant, [readings], known_at=w.SOON)
    return plant


@pytest.mark.parametrize("value", ["1e300", "-1e16", "1.7976931348623157e308"])
def test_r1_a_value_that_no_meter_can_show_goes_to_quarantine(tmp_path: Path, value: str) -> None:
    folder = w.copy(tmp_path)
    readings = folder / "readings" / "meters.csv"
    readings.write_text(readings.read_text("utf-8") + f"2026-03-31T14:30:00+02:00,FT-STEAM,{value}\n", "utf-8")
    plant = sl.open(folder)
    done = sl.load(plant, [readings], known_at=w.SOON)
    assert done.reports[0].quarantined == 1
    assert f'value "{value}" is larger than any meter can show' in " ".join(issue.message for issue in done.issues)
    w.reclose(plant)
    assert w.statement(plant, "filter").lines[-1].qty == 20_000


@pytest.mark.parametrize("tag", ["FT-STEAM", "LT-T", "LAB-MOISTURE"])
def test_l5_a_figure_beyond_64_bits_leaves_its_day_open(tmp_path: Path, tag: str) -> None:
    folder = w.copy(tmp_path)
    materials = folder / "materials.toml"
    materials.write_text(materials.read_text("utf-8").replace("quantum = 0.001", "quantum = 0.000001"), "utf-8")
    readings = folder / "readings" / "meters.csv"
    more = f"2026-03-31T14:30:00+02:00,{tag},9e14\n2026-03-31T21:59:00+02:00,{tag},9e14\n"
    readings.write_text(readings.read_text("utf-8") + more, "utf-8")
    plant = sl.open(folder)
    assert sl.load(plant, [readings], known_at=w.SOON).ok
    done = sl.close(plant)
    assert done.report is not None
    outcomes = {str(day.day): day.outcome for day in done.report.days}
    expected = (
        "refused" if tag == "FT-STEAM" else "sealed"
    )  # a dip away from the boundary and a condition at its own quantum still fit
    assert outcomes == {w.DAY: expected, w.NEXT_DAY: "sealed"}
    if expected == "refused":
        assert {issue.code for issue in done.issues if issue.severity == "error"} == {"L007"}
    assert sl.verify(plant).ok


def test_i8_a_stamp_far_in_the_future_closes_no_day_in_between(tmp_path: Path) -> None:
    plant = variant(tmp_path, "2106-03-31T14:30:00+02:00,FT-STEAM,1\n")
    done = sl.close(plant)
    assert done.report is not None
    assert [str(day.day) for day in done.report.days] == [w.DAY, w.NEXT_DAY, "2026-04-02"]
    assert done.ok


# --- files that nobody should send: each ends in a located issue with a remedy, and the other files of the same load still load

HEAD = b"time,tag,value\n"
GOOD = b"2026-03-31T14:30:00+02:00,FT-STEAM,2.5\n"
Write = Callable[[Path], object]
HOSTILE: dict[str, tuple[Write, str, str]] = {
    "empty": (lambda p: p.write_bytes(b""), "R006", "the file is empty"),
    "binary junk": (lambda p: p.write_bytes(bytes(range(128)) * 9), "R006", "the file is binary, not CSV"),
    "not the encoding": (lambda p: p.write_bytes(HEAD + b"\xff\xfe\n"), "R004", "byte 0xff is not utf-8"),
    "no such file": (lambda p: None, "R003", "the file does not exist"),
    "a folder": (lambda p: p.mkdir(), "R003", "this is a folder, not a file"),
    "a header without end": (lambda p: p.write_bytes(b"x" * (3 << 20)), "R006", "line 1 is longer than 1 MiB"),
    "a gzip bomb": (lambda p: p.write_bytes(gzip.compress(b"\n" * (300 << 20), 9)), "R014", "expands to more than"),
    "half a gzip file": (lambda p: p.write_bytes(gzip.compress(os.urandom(5000))[:2000]), "R005", "ends early or is damaged"),
    "a NUL": (lambda p: p.write_bytes(HEAD + b"2026-03-31T14:30:00+02:00,FT-STEAM,\0\n"), "R020", "bytes that are no text (NUL)"),
    "an open quote": (lambda p: p.write_bytes(HEAD + b'2026-03-31T14:30:00+02:00,"FT-STEAM,1\n'), "R020", "a quote is opened"),
    "a cell of 50 MB": (lambda p: p.write_bytes(HEAD + GOOD[:-4] + b"9" * 50_000_000 + b"\n"), "R006", "longer than 1 MiB"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_r4_a_hostile_file_is_said_and_the_others_load(tmp_path: Path, kind: str) -> None:
    folder = w.copy(tmp_path)
    write, code, message = HOSTILE[kind]
    (folder / "sources.toml").write_text('[source.any]\nmatch = "readings/*.csv"\ntime = "time"\n', "utf-8")
    good, bad = folder / "readings" / "meters.csv", folder / "readings" / "bad.csv"
    good.write_bytes(HEAD + GOOD)
    write(bad)
    done = sl.load(sl.open(folder), [bad, good], known_at=w.SOON)
    assert [report.rows for report in done.reports if report.source == "readings/meters.csv"] == [1]
    of_bad = [issue for issue in done.issues if issue.at is not None and issue.at.file == "readings/bad.csv"]
    assert [(issue.code, message in issue.message, bool(issue.remedy)) for issue in of_bad] == [(code, True, True)]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_r4_a_file_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    folder = w.copy(tmp_path)
    readings = folder / "readings" / "meters.csv"
    readings.chmod(0)
    assert [issue.code for issue in sl.load(sl.open(folder), [readings], known_at=w.SOON).issues] == ["R003"]


def test_r3_ten_thousand_columns_are_read_at_once(tmp_path: Path) -> None:
    folder, count = w.copy(tmp_path), 10_000
    text = "time,FT-STEAM" + "".join(f",c{i}" for i in range(count)) + "\n"
    text += "".join(f"2026-03-31T14:{m:02d}:00+02:00,{m}" + ",1" * count + "\n" for m in range(60))
    (folder / "readings" / "meters.csv").write_text(text, "utf-8")
    source = '[source.any]\nmatch = "readings/*.csv"\nlayout = "wide"\ntime = "time"\ncolumns = {"FT-STEAM" = "FT-STEAM"}\n'
    (folder / "sources.toml").write_text(source, "utf-8")
    begun = time.monotonic()
    done = sl.load(sl.open(folder), [folder / "readings" / "meters.csv"], known_at=w.SOON)
    assert ([report.rows for report in done.reports], done.issues, time.monotonic() - begun < 20) == ([60], (), True)


ENDLESS = """
import sys
block = b"x" * (1 << 20)
out = open(sys.argv[2], "wb") if len(sys.argv) > 2 else sys.stdout.buffer
try:
    out.write(sys.argv[1].encode())
    for _ in range(1024):
        out.write(block)
except BrokenPipeError:
    pass
"""


@pytest.mark.parametrize(
    ("name", "head", "line"),
    [
        ("-", "", 1),
        ("/dev/stdin", "", 1),
        ("pipe.csv", "", 1),
        pytest.param("-", "time,tag,value\n", 2, marks=pytest.mark.slow),
        pytest.param("pipe.csv", "time,tag,value\r\n\r\n", 3, marks=pytest.mark.slow),
    ],
)
def test_r4_a_gigabyte_without_a_line_end_costs_less_than_a_hundred_megabytes(
    tmp_path: Path, name: str, head: str, line: int
) -> None:
    folder = w.copy(tmp_path)
    (folder / "sources.toml").write_text('[source.any]\nmatch = "*"\ntime = "time"\n', "utf-8")
    if name == "pipe.csv":
        os.mkfifo(tmp_path / name)
        name = str(tmp_path / name)
    load = [sys.executable, "-c", "from shiftledger.cli.app import main; main()", "load", str(folder), name]
    measured = f"""
import resource, subprocess, sys
done = subprocess.run({load!r}, stdin=sys.stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(done.stderr)
sys.exit(done.returncode)
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    begun = time.monotonic()
    to = [name] if "pipe" in name else []
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS, head, *to], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as writer:
        assert writer.stdout is not None
        run = subprocess.run(
            [sys.executable, "-c", measured], stdin=writer.stdout, capture_output=True, text=True, env=env, timeout=60
        )
        writer.stdout.close()
        writer.kill()
    size, _, said = run.stdout.partition("\n")
    assert (run.returncode, int(size) < 100_000, time.monotonic() - begun < 30) == (1, True, True), run
    words = "where the header should be" if line == 1 else "and below the header there is no other row"
    assert f"line {line} is longer than 1 MiB" in said
    assert words in " ".join(said.split())
    assert f"{Path(name).name if name != '-' and 'stdin' not in name else 'stdin'}:{line}: error R006" in said


def test_r3_good_readings_through_a_pipe_load(tmp_path: Path) -> None:
    folder = w.copy(tmp_path)
    text = (folder / "sources.toml").read_text("utf-8").replace('"readings/meters.csv"', '"stdin"')
    (folder / "sources.toml").write_text(text, "utf-8")
    load = [sys.executable, "-c", "from shiftledger.cli.app import main; main()", "load", str(folder), "-", "--json"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    run = subprocess.run(load, input=(folder / "readings" / "meters.csv").read_bytes(), capture_output=True, env=env)
    assert (run.returncode, b'"loaded": true' in run.stdout) == (0, True), run
