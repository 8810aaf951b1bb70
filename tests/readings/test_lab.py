"""Laboratory results as laboratories send them (R1, R2): points and analytes, below a limit, re-tests, units, limits of belief."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from readings.small import LONG, at, file, plant
from shiftledger.acts.state import connect
from shiftledger.plant.model import Meter, Plant, Sample, SourceFile
from shiftledger.readings.batch import BELOW, GOOD, UNCERTAIN, Batch, Series
from shiftledger.readings.lake import append, quarantined, read, watermark
from shiftledger.readings.quality import QUALITY_NAMES, resolve
from shiftledger.readings.sources.files import read_file

METERS = (
    Meter("LAB-FE", "lab", "%", component="Fe", low=Decimal(40), high=Decimal(70)),
    Meter("LAB-SI", "lab", "%", component="SiO2"),
    Meter("FT-1", "rate", "t/h", low=Decimal(0), high=Decimal(500)),
)
SAMPLES = (Sample("feed", "Fe", "LAB-FE"), Sample("feed", "SiO2", "LAB-SI"), Sample("feed", "SiO2 ppm", "LAB-SI", unit="mg/kg"))
LAB = replace(LONG, layout="lab", value="result", zone="UTC")


def made(source: SourceFile, samples: tuple[Sample, ...] = SAMPLES, meters: tuple[Meter, ...] = METERS) -> Plant:
    return replace(plant(source, zone="UTC", meters=meters), samples=samples)


def loaded(folder: Path, text: str, source: SourceFile = LAB, samples: tuple[Sample, ...] = SAMPLES) -> Batch:
    return read_file(made(source, samples), file(folder, text)).result


def points(found: Batch) -> list[tuple[str, int, float, int, int]]:
    columns = (found.tag, found.ts, found.value, found.quality, found.revision)
    return [(found.tags[t], int(s), float(v), int(q), int(r)) for t, s, v, q, r in zip(*columns, strict=True)]


def told(found: Batch) -> list[tuple[float, int]]:
    return [(value, quality) for _, _, value, quality, _ in points(found)]


def known(folder: Path, *batches: Batch) -> Series:
    state = connect(folder)
    for one in batches:
        append(state, one, 0)
    return resolve(read(state, ("LAB-FE",), 0, at("2027-01-01"), watermark(state)))["LAB-FE"]


def test_r1_a_result_reaches_its_tag_by_point_and_analyte(tmp_path: Path) -> None:
    text = (
        "time,point,analyte,result\n2026-03-04 06:00,feed,Fe,61.5\n2026-03-04 06:00, feed ,SiO2,4\n2026-03-04 07:00,tails,Fe,50\n"
    )
    found = loaded(tmp_path, text)
    moment = at("2026-03-04 06:00")
    assert points(found) == [("LAB-FE", moment, 61.5, GOOD, -1), ("LAB-SI", moment, 4.0, GOOD, -1)]
    assert [(line, reason) for _, line, _, reason in found.rejected] == [(4, 'samples.csv names no tag for "Fe" at "tails"')]
    assert [issue.code for issue in found.issues] == ["R015"]


def test_r1_a_sample_that_is_not_declared_is_told_once_however_often_it_comes(tmp_path: Path) -> None:
    rows = "".join(f"2026-03-04 {hour:02}:00,tails,Fe,50\n" for hour in range(24))
    found = loaded(tmp_path, "time,point,analyte,result\n2026-03-04 06:00,feed,Fe,61.5\n" + rows)
    assert [(issue.code, issue.message) for issue in found.issues] == [
        ("R015", "rows rejected for undeclared samples: 24"),
        ("R015", 'samples.csv names no tag for "Fe" at "tails"'),
    ]
    assert len(found.rejected) == 24


def test_r1_below_a_limit_is_half_of_it_uncertain_and_named(tmp_path: Path) -> None:
    """ "<0.5" is 0.25 with a quality of its own; a full-width sign and a blank are read; ">x" and "<0" are not."""
    lines = ["<0.5", "\uff1c 0.5", "> 9", "<0", "<abc", "< 1e-3"]
    text = "time,point,analyte,result\n" + "".join(f"2026-03-04 0{i}:00,feed,SiO2,{cell}\n" for i, cell in enumerate(lines))
    found = loaded(tmp_path, text)
    assert told(found) == [(0.25, BELOW), (0.25, BELOW), (0.0005, BELOW)]
    assert [line for _, line, _, _ in found.rejected] == [4, 5, 6]
    assert QUALITY_NAMES[BELOW] == "below"


def test_r1_below_a_limit_is_read_from_long_and_wide_files_too_but_only_for_lab_meters(tmp_path: Path) -> None:
    long = loaded(tmp_path, "time,tag,value\n2026-03-04 06:00,LAB-SI,<3\n2026-03-04 06:00,FT-1,<3\n", replace(LONG, zone="UTC"))
    assert points(long)[0][:4] == ("LAB-SI", at("2026-03-04 06:00"), 1.5, BELOW)
    assert [line for _, line, _, _ in long.rejected] == [3]
    wide = replace(LONG, layout="wide", zone="UTC", columns=(("a", "LAB-SI"), ("f", "FT-1")))
    found = loaded(tmp_path, "time,a,f\n2026-03-04 06:00,<3,7\n2026-03-04 07:00,2,<7\n", wide)
    assert [(tag, value, quality) for tag, _, value, quality, _ in points(found)] == [
        ("FT-1", 7.0, GOOD),
        ("LAB-SI", 1.5, BELOW),
        ("LAB-SI", 2.0, GOOD),
    ]


def test_r1_decimal_comma_inside_a_limit(tmp_path: Path) -> None:
    source = replace(LAB, decimal=",", delimiter=";", quality="q")
    text = "time;point;analyte;result;q\n2026-03-04 06:00;feed;SiO2;<0,5;\n2026-03-04 07:00;feed;SiO2;1,25;uncertain\n"
    assert told(loaded(tmp_path, text, source)) == [(0.25, BELOW), (1.25, UNCERTAIN)]


def test_r1_wide_sheets_have_a_column_an_analyte(tmp_path: Path) -> None:
    source = replace(LAB, columns=(("Fe %", "Fe"), ("SiO2 %", "SiO2")))
    found = loaded(tmp_path, "time,point,Fe %,SiO2 %\n2026-03-04 06:00,feed,61,<0.2\n2026-03-04 07:00,feed,,5\n", source)
    assert [(tag, value, quality) for tag, _, value, quality, _ in points(found)] == [
        ("LAB-FE", 61.0, GOOD),
        ("LAB-SI", 0.1, BELOW),
        ("LAB-SI", 5.0, GOOD),
    ]


def test_q8_the_laboratorys_unit_becomes_the_meters(tmp_path: Path) -> None:
    """12 000 mg/kg are 1.2 %."""
    ((value, _),) = told(loaded(tmp_path, "time,point,analyte,result\n2026-03-04 06:00,feed,SiO2 ppm,12000\n"))
    assert value == pytest.approx(1.2)


def test_t4_a_sample_row_holds_on_its_days(tmp_path: Path) -> None:
    rows = (replace(SAMPLES[0], valid_to=date(2026, 3, 4)), replace(SAMPLES[0], tag="LAB-SI", valid_from=date(2026, 3, 5)))
    found = loaded(tmp_path, "time,point,analyte,result\n2026-03-04 23:59,feed,Fe,60\n2026-03-05 00:00,feed,Fe,61\n", LAB, rows)
    assert [point[0] for point in points(found)] == ["LAB-FE", "LAB-SI"]


def test_r2_re_tests_by_number_none_being_the_first(tmp_path: Path) -> None:
    source = replace(LAB, revision="retest")
    head = "time,point,analyte,result,retest\n"
    second = loaded(tmp_path, f"{head}2026-03-04 06:00,feed,Fe,62,2\n", source)
    both = loaded(tmp_path, f"{head}2026-03-04 06:00,feed,Fe,61,\n2026-03-04 06:00,feed,Fe,63,1\n", source)
    for name, order in (("ab", (second, both)), ("ba", (both, second))):
        assert known(tmp_path / name, *order).value.tolist() == [62.0]
    assert known(tmp_path / "one", both).value.tolist() == [63.0]


def test_r2_without_a_number_the_later_result_counts_whenever_it_is_loaded(tmp_path: Path) -> None:
    source = replace(LAB, result_time="done")
    head = "time,point,analyte,result,done\n"
    late = loaded(tmp_path, f"{head}2026-03-04 06:00,feed,Fe,62,2026-03-05 10:00\n", source)
    early = loaded(tmp_path, f"{head}2026-03-04 06:00,feed,Fe,61,2026-03-04 12:00\n", source)
    assert [known(tmp_path / str(i), *order).value.tolist() for i, order in enumerate(((late, early), (early, late)))] == [
        [62.0]
    ] * 2


def test_r2_unequal_values_of_one_re_test_wait_in_quarantine(tmp_path: Path) -> None:
    source = replace(LAB, revision="retest")
    rows = "2026-03-04 06:00,feed,Fe,61,1\n2026-03-04 06:00,feed,Fe,62,1\n"
    found = loaded(tmp_path, f"time,point,analyte,result,retest\n{rows}", source)
    assert len(known(tmp_path / "s", found)) == 0
    assert [line for _, line, _, _ in quarantined(connect(tmp_path / "s"))] == [2, 3]


def test_r4_what_no_meter_can_show_waits_with_its_limit(tmp_path: Path) -> None:
    """61.5 typed as 16.5, and a flow above its range; a swapped value would be booked unseen otherwise."""
    found = loaded(tmp_path, "time,point,analyte,result\n2026-03-04 06:00,feed,Fe,16.5\n2026-03-04 07:00,feed,Fe,40\n")
    assert told(found) == [(40.0, GOOD)]
    assert found.rejected == (
        ("a.csv", 2, "2026-03-04 06:00,feed,Fe,16.5", 'value 16.5 of "LAB-FE" is below the low limit 40 of its meter'),
    )
    wide = replace(LONG, layout="wide", zone="UTC", columns=(("flow", "FT-1"),))
    found = loaded(tmp_path, "time,flow\n2026-03-04 06:00,501\n2026-03-04 07:00,500\n", wide)
    assert found.rejected == (
        ("a.csv", 2, "2026-03-04 06:00,flow,501", 'value 501.0 of "FT-1" is above the high limit 500 of its meter'),
    )
    assert [issue.code for issue in found.issues] == ["R016"]


def test_r4_limits_hold_on_the_days_of_their_row(tmp_path: Path) -> None:
    meters = (
        Meter("FT-1", "rate", "t/h", high=Decimal(10), valid_to=date(2026, 3, 4)),
        Meter("FT-1", "rate", "t/h", high=Decimal(20), valid_from=date(2026, 3, 5)),
    )
    source = replace(LONG, zone="UTC")
    text = "time,tag,value\n2026-03-04 06:00,FT-1,15\n2026-03-05 06:00,FT-1,15\n2026-03-05 07:00,FT-1,25\n"
    found = read_file(made(source, (), meters), file(tmp_path, text)).result
    assert (told(found), [line for _, line, _, _ in found.rejected]) == ([(15.0, GOOD)], [2, 4])
