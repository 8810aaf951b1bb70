"""Composite samples as laboratories send them (R1, Q5): from..to in the file, a period in samples.csv, a table by shift."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from pathlib import Path

from readings.small import LONG, at, file, plant
from readings.test_lab import points
from shiftledger.acts.state import connect
from shiftledger.core.period import HOUR
from shiftledger.plant.checks_lots import samples as samples_checked
from shiftledger.plant.model import Area, Meter, Plant, Rotation, Sample, Slot, SourceFile, Unit
from shiftledger.readings.batch import BAD, BELOW, GOOD, Batch
from shiftledger.readings.lake import append, read, watermark
from shiftledger.readings.quality import resolve
from shiftledger.readings.samples import Samples, samples_of
from shiftledger.readings.sources.files import read_file

METERS = (Meter("LAB", "lab", "%", component="Fe", length=8 * HOUR), Meter("GRAB", "lab", "%", component="Si"))
SAMPLES = (Sample("feed", "Fe", "LAB"), Sample("feed", "Si", "GRAB"))
LAB = replace(LONG, layout="lab", value="result", zone="UTC", time="to", start="from")
HEAD = "from,to,point,analyte,result\n"


def of(source: SourceFile, samples: tuple[Sample, ...] = SAMPLES) -> Plant:
    return replace(plant(source, zone="UTC", meters=METERS), samples=samples)


def loaded(folder: Path, text: str, source: SourceFile = LAB, samples: tuple[Sample, ...] = SAMPLES) -> Batch:
    return read_file(of(source, samples), file(folder, text)).result


def refused(found: Batch) -> list[tuple[int, str]]:
    return [(line, reason) for _, line, _, reason in found.rejected]


def test_r1_a_composite_stands_at_its_begin_with_its_duration(tmp_path: Path) -> None:
    """06:00 to 14:00 is 28,800 s; a row without a start is a sample of its moment."""
    found = loaded(tmp_path, HEAD + "2026-03-04 06:00,2026-03-04 14:00,feed,Fe,<61\n,2026-03-04 15:00,feed,Fe,60\n")
    six, three = at("2026-03-04 06:00"), at("2026-03-04 15:00")
    assert points(found) == [
        ("LAB", six, 30.5, BELOW, -1),
        ("LAB#duration", six, 28_800.0, GOOD, -1),
        ("LAB", three, 60.0, GOOD, -1),
    ]
    assert found.rejected == ()


def test_r1_a_reversed_a_too_long_and_an_undeclared_composite_wait_with_their_line(tmp_path: Path) -> None:
    rows = [
        "2026-03-04 14:00,2026-03-04 06:00,feed,Fe,61",
        "2026-03-04 06:00,2026-03-04 14:01,feed,Fe,61",
        "2026-03-04 06:00,2026-03-04 14:00,feed,Si,2",
        "2026-03-04 25:00,2026-03-04 14:00,feed,Fe,61",
    ]
    found = loaded(tmp_path, HEAD + "\n".join(rows) + "\n")
    assert points(found) == []
    assert refused(found) == [
        (2, "the sample ends at 2026-03-04T06:00:00Z, before it starts at 2026-03-04T14:00:00Z"),
        (3, "the sample was drawn over 8.01667 h, longer than the length of its meter (8 h)"),
        (4, 'meter "GRAB" has no length in meters.csv: its samples stand for a moment until the next one'),
        (5, 'start: time "2026-03-04 25:00" does not fit ISO 8601 (2026-03-04T06:00:00)'),
    ]
    assert {issue.code for issue in found.issues} == {"R038", "R021"}


def test_r2_two_ends_for_one_begin_at_one_revision_are_both_refused(tmp_path: Path) -> None:
    rows = ["2026-03-04 06:00,2026-03-04 14:00,feed,Fe,61", "2026-03-04 06:00,2026-03-04 13:00,feed,Fe,61"]
    found = loaded(tmp_path, HEAD + "\n".join(rows) + "\n")
    assert points(found) == []
    assert [line for line, _ in refused(found)] == [2, 3]


def test_r1_a_duration_a_period_of_the_point_and_one_of_the_source(tmp_path: Path) -> None:
    """The stamp 14:00 ends the sample, unless stamps = "start"."""
    text = "time,point,analyte,result,h\n2026-03-04 14:00,feed,Fe,61,4\n"
    lab = replace(LAB, time="time", start="")
    by_row = loaded(tmp_path, text, replace(lab, duration="h", duration_unit="h"))
    by_point = loaded(tmp_path, text, lab, (replace(SAMPLES[0], period=4 * HOUR),))
    by_source = loaded(tmp_path, text, replace(lab, stamps="end", interval=4 * HOUR))
    for found in (by_row, by_point, by_source):
        assert [(tag, moment, value) for tag, moment, value, *_ in points(found)] == [
            ("LAB", at("2026-03-04 10:00"), 61.0),
            ("LAB#duration", at("2026-03-04 10:00"), 14_400.0),
        ]
    ahead = loaded(tmp_path, text, replace(lab, stamps="start", interval=HOUR), (replace(SAMPLES[0], period=4 * HOUR),))
    assert points(ahead)[1][:3] == ("LAB#duration", at("2026-03-04 14:00"), 14_400.0)


def test_r2_a_retest_with_another_end_replaces_the_interval(tmp_path: Path) -> None:
    source = replace(LAB, revision="test")
    head = "from,to,point,analyte,result,test\n"
    first = loaded(tmp_path, head + "2026-03-04 06:00,2026-03-04 14:00,feed,Fe,61,\n", source)
    second = loaded(tmp_path, head + "2026-03-04 06:00,2026-03-04 12:00,feed,Fe,62,1\n", source)
    state = connect(tmp_path)
    for batch in (second, first):  # in either order
        append(state, batch, 0)
    rows = resolve(read(state, ("LAB", "LAB#duration"), 0, at("2027-01-01"), watermark(state)))
    found = samples_of("LAB", rows, 24 * HOUR)
    assert isinstance(found, Samples)
    assert (found.value.tolist(), found.until.tolist()) == ([62.0], [at("2026-03-04 12:00")])


def test_r2_an_interval_on_which_two_files_disagree_makes_the_sample_bad(tmp_path: Path) -> None:
    source = replace(LAB, revision="test")
    head = "from,to,point,analyte,result,test\n"
    state = connect(tmp_path)
    for end in ("14:00", "12:00"):
        append(state, loaded(tmp_path, f"{head}2026-03-04 06:00,2026-03-04 {end},feed,Fe,61,1\n", source), 0)
    rows = resolve(read(state, ("LAB", "LAB#duration"), 0, at("2027-01-01"), watermark(state)))
    assert samples_of("LAB", rows, 24 * HOUR).quality.tolist() == [BAD]


def test_p083_a_period_needs_a_meter_that_has_composites_so_long() -> None:
    def told(period: int, tag: str) -> list[str]:
        return [issue.message for issue in samples_checked(of(LAB, (Sample("feed", "Fe", tag, period=period),)))]

    assert told(8 * HOUR, "LAB") == []
    assert told(9 * HOUR, "LAB") == ['a sample of 9 h is longer than the length of "LAB" (8 h)']
    assert told(HOUR, "GRAB") == ['a sample of 1 h is longer than the length of "GRAB" (0 h)']


def test_r3_a_table_by_shift_tells_of_the_whole_shift_where_the_meter_has_composites(tmp_path: Path) -> None:
    """Fe is drawn over the 8 h of D; Si, whose meter has no length, is a sample of D's beginning."""
    source = replace(LAB, time="time", start="", day="day", slot="slot")
    text = "day,slot,point,analyte,result\n2026-03-04,D,feed,Fe,61\n2026-03-04,D,feed,Si,2\n"
    slots = (Slot("N", time(0)), Slot("D", time(8)), Slot("E", time(16)))
    base = of(source)
    settings = replace(base.settings, zone="UTC", day_start=time(0))
    rotations = {"r": Rotation("r", slots, "NDE", date(2026, 3, 4), (("A", 0),))}
    made = replace(
        base, settings=settings, rotations=rotations, areas={"mill": Area("mill", "r")}, units={"u1": Unit("u1", "mill")}
    )
    found = read_file(made, file(tmp_path, text)).result
    eight = at("2026-03-04 08:00")
    assert [(tag, moment, value) for tag, moment, value, *_ in points(found)] == [
        ("LAB", eight, 61.0),
        ("LAB#duration", eight, 28_800.0),
        ("GRAB", eight, 2.0),
    ]
    assert found.rejected == ()
