"""Files of lots (R1, R2, R4): what a row becomes, what is refused, and that neither order nor split of files matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.small import LONG, file, plant
from shiftledger.acts.state import State, connect
from shiftledger.core.period import HOUR, MINUTE, SECOND, instant
from shiftledger.plant.model import Material, Meter, SourceFile, Stream
from shiftledger.plant.roster import day_span
from shiftledger.readings.batch import Batch
from shiftledger.readings.lake import append, batch_records, quarantined, read, watermark
from shiftledger.readings.logical import batch_id
from shiftledger.readings.lots import Lots, companions, lots_of
from shiftledger.readings.quality import one_value_each, resolve
from shiftledger.readings.sources.files import read_file

SOURCE = replace(
    LONG,
    layout="lots",
    meter="COILS",
    time="end",
    value="mass",
    lot="coil",
    start="start",
    pieces="n",
    revision="rev",
    zone="UTC",
)
METERS = (Meter("COILS", "lot", length=6 * HOUR), Meter("FT-1", "rate"), Meter("BILL", "booking", length=24 * HOUR))
HEAD = "coil,start,end,mass,n,rev\n"


def batch(folder: Path, rows: list[str], source: SourceFile = SOURCE, head: str = HEAD, name: str = "a.csv") -> Batch:
    return read_file(plant(source, zone="UTC", meters=METERS), file(folder, head + "\n".join(rows) + "\n", name)).result


def at(text: str) -> int:
    return instant(datetime.fromisoformat(f"2026-03-04T{text}").replace(tzinfo=UTC))


def refused(found: Batch) -> list[tuple[int, str]]:
    return [(line, reason) for _, line, _, reason in found.rejected]


def known(state: State, tag: str = "COILS", upto: int | None = None) -> Lots:
    """The lots that the store knows."""
    wide = at("00:00") - 100 * 24 * HOUR, at("00:00") + 100 * 24 * HOUR
    rows = read(state, (tag, *companions(tag)), *wide, watermark(state) if upto is None else upto)
    return lots_of(tag, resolve(rows))


def listed(lots: Lots) -> list[tuple[int, int, float, float]]:
    """(start, end, amount, pieces) of the usable lots, by end."""
    columns = (lots.start, lots.end, lots.value, lots.pieces, lots.quality)
    good = [(int(s), int(e), float(v), float(n)) for s, e, v, n, q in zip(*columns, strict=True) if q != 2]
    return sorted(good, key=lambda lot: (lot[1], lot))


def test_r1_a_lot_is_an_amount_with_a_period_and_pieces(tmp_path: Path) -> None:
    found = batch(tmp_path, ["C1,2026-03-04T07:00,2026-03-04T07:40:00.000001,21.5,1,"])
    assert found.rejected == ()
    assert found.tags == ("COILS", "COILS#duration", "COILS#lot", "COILS#offset", "COILS#pieces")
    stamp = int(found.ts[0])
    assert at("07:39") < stamp < at("07:40") + 1  # less than a minute before the end, and before it
    state = connect(tmp_path / "state")
    append(state, found, 0)
    assert listed(known(state)) == [(at("07:00"), at("07:40") + 1, 21.5, 1.0)]


def test_r1_a_duration_instead_of_a_start_and_a_tag_column_instead_of_a_fixed_tag(tmp_path: Path) -> None:
    source = replace(SOURCE, meter="", tag="scale", start="", duration="h", duration_unit="h", pieces="", revision="")
    found = batch(tmp_path, ["C1,COILS,0.25,2026-03-04T08:00,7"], source, "coil,scale,h,end,mass\n")
    state = connect(tmp_path / "state")
    append(state, found, 0)
    (lot,) = listed(known(state))
    assert lot[:3] == (at("07:45"), at("08:00"), 7.0)
    assert np.isnan(lot[3])


def test_r4_rows_that_are_no_lots_wait_with_their_reason(tmp_path: Path) -> None:
    rows = [
        "C1,2026-03-04T07:00,2026-03-04T06:00,1,,",
        "C2,2026-03-04T00:00,2026-03-04T07:00,1,,",
        ",2026-03-04T07:00,2026-03-04T07:10,1,,",
        "C4,2026-03-04T07:00,2026-03-04T07:10,,,",
        "C5,2026-03-04T07:00,2026-03-04T07:10,5,one,",
        "C6,2026-13-04T07:00,2026-03-04T07:10,5,1,",
        "C7,2026-03-04T07:00,2026-03-04T07:10,5,1,",
        "C7,2026-03-04T07:00,2026-03-04T07:20,5,1,",
        "C8,2026-03-04T07:00,2026-03-04T07:10,8,1,",
        "none,2026-03-04T00:00,2026-03-04T23:00,0,,",
    ]
    found = batch(tmp_path, rows)
    assert refused(found) == [
        (2, "the lot ends at 2026-03-04T06:00:00Z, before it starts at 2026-03-04T07:00:00Z"),
        (3, "the lot lasts 7 h, longer than the length of its meter (6 h)"),
        (4, "the row has no lot id"),
        (5, "the lot has no amount"),
        (6, 'n: value "one" is not a finite decimal number with "." as decimal sign'),
        (7, 'start: time "2026-13-04T07:00" does not fit ISO 8601 (2026-03-04T06:00:00)'),
        (8, 'lot "C7": unequal rows at one revision in one file'),
        (9, 'lot "C7": unequal rows at one revision in one file'),
    ]
    assert {issue.code for issue in found.issues} == {"R021", "R022", "R026", "R017"}
    assert [float(v) for t, v in zip(found.tag, found.value, strict=True) if found.tags[t] == "COILS"] == [8.0, 0.0]


def test_r4_a_booking_without_a_period_and_a_rate_are_no_lots(tmp_path: Path) -> None:
    source = replace(SOURCE, meter="", tag="tag", start="", pieces="", revision="", lot="")
    found = batch(
        tmp_path, ["BILL,2026-03-04T07:00,5", "FT-1,2026-03-04T07:00,5", "X,2026-03-04T07:00,5"], source, "tag,end,mass\n"
    )
    assert refused(found) == [
        (2, "a booking needs a period: its start, or its duration"),
        (3, 'meter "FT-1" is of kind rate, not a lot or booking'),
        (4, 'tag "X" is not declared'),
    ]


def test_q9_a_bills_row_names_a_band_of_its_materials_tariff(tmp_path: Path) -> None:
    """Two rows of one invoice are two bills; a band that the tariff does not have waits, and so does any band where there is no tariff."""
    bill, state = Meter("BILL", "booking", stream="s", length=24 * HOUR), Meter("T", "state", state="tariff")
    source = replace(SOURCE, meter="BILL", pieces="", revision="", stage="band", lot="id")
    rows = "id,start,end,band,mass\nI,2026-03-04T06:00,2026-03-04T10:00,high,5\nI,2026-03-04T06:00,2026-03-04T10:00,low,3\n"
    rows += "I,2026-03-04T06:00,2026-03-04T10:00,peak,2\n"
    for codes, wanted in (
        ((("high", Decimal(1)), ("low", Decimal(2))), [(4, 'the bill names the band "peak", which is none of high, low')]),
        (
            (),
            [
                (n, f'the bill names the band "{band}", but its material has no band_state')
                for n, band in ((2, "high"), (3, "low"), (4, "peak"))
            ],
        ),
    ):
        made = plant(source, zone="UTC", meters=(bill, replace(state, codes=codes)))
        power = Material("power", "MWh", band_state="tariff" if codes else "")
        made = replace(made, streams={"s": Stream("s", "outside", "u", "power")}, materials={"power": power})
        found = read_file(made, file(tmp_path, rows, f"{len(codes)}.csv")).result
        assert refused(found) == wanted
        assert len(found.value[found.tag == found.tags.index("BILL")] if codes else ()) == len(codes)


def test_r4_without_ids_the_same_row_counts_once_and_says_so(tmp_path: Path) -> None:
    source = replace(SOURCE, lot="", pieces="", revision="", start="")
    found = batch(tmp_path, ["2026-03-04T07:00,5", "2026-03-04T07:00,5", "2026-03-04T07:00,6"], source, "end,mass\n")
    assert refused(found) == [(3, "the same row stands twice, and no lot id tells whether it is one lot or two")]
    state = connect(tmp_path / "state")
    append(state, found, 0)
    assert [lot[2] for lot in listed(known(state))] == [5.0, 6.0]


def test_r2_a_later_load_moves_a_lot_and_takes_the_old_stamp_back(tmp_path: Path) -> None:
    """C1 ended at 07:40, no: at 09:15, and weighed 20. What was known before stays readable."""
    state = connect(tmp_path / "state")
    append(
        state, batch(tmp_path, ["C1,2026-03-04T07:00,2026-03-04T07:40,21.5,1,", "C2,2026-03-04T07:40,2026-03-04T08:10,9,1,"]), 0
    )
    first = watermark(state)
    append(state, batch(tmp_path, ["C1,2026-03-04T07:00,2026-03-04T09:15,20,1,"]), 0)
    assert [lot[1:3] for lot in listed(known(state))] == [(at("08:10"), 9.0), (at("09:15"), 20.0)]
    assert len(known(state)) == 2, "what was taken back is no lot, not a bad one"
    assert [lot[1:3] for lot in listed(known(state, upto=first))] == [(at("07:40"), 21.5), (at("08:10"), 9.0)]
    # back again: the first end counts, once
    append(
        state, batch(tmp_path, ["C1,2026-03-04T07:00,2026-03-04T07:40,21.5,1,", "C3,2026-03-04T10:00,2026-03-04T10:10,1,1,"]), 0
    )
    assert [lot[1:3] for lot in listed(known(state))] == [(at("07:40"), 21.5), (at("08:10"), 9.0), (at("10:10"), 1.0)]


def test_r2_loading_the_same_file_again_changes_nothing_even_after_a_correction(tmp_path: Path) -> None:
    state = connect(tmp_path / "state")
    old = batch(tmp_path, ["C1,2026-03-04T07:00,2026-03-04T07:40,21.5,1,"])
    append(state, old, 0)
    append(state, batch(tmp_path, ["C1,2026-03-04T07:00,2026-03-04T09:15,20,1,"]), 0)
    before = (listed(known(state)), batch_records(state))
    assert not append(state, old, 0).result.loaded
    assert (listed(known(state)), batch_records(state)) == before


def test_r1_an_id_that_comes_back_later_is_another_lot(tmp_path: Path) -> None:
    """Truck 17 of every day: with same_lot = 12 h the two are two lots."""
    state = connect(tmp_path / "state")
    daily = replace(SOURCE, same_lot=12 * HOUR)
    append(state, batch(tmp_path, ["17,2026-03-04T07:00,2026-03-04T07:40,5,1,"], daily), 0)
    append(state, batch(tmp_path, ["17,2026-03-05T07:00,2026-03-05T07:40,6,1,"], daily), 0)
    assert [lot[2] for lot in listed(known(state))] == [5.0, 6.0]


def test_r2_batches_that_put_a_lot_at_two_ends_at_one_revision_leave_it_absent(tmp_path: Path) -> None:
    for order in ((0, 1), (1, 0)):
        state = connect(tmp_path / f"state{order[0]}")
        rows = ["C1,2026-03-04T07:00,2026-03-04T07:40,5,1,3", "C1,2026-03-04T07:00,2026-03-04T08:40,5,1,3"]
        for i in order:
            append(state, batch(tmp_path, [rows[i]]), 0)
        assert listed(known(state)) == []
        append(state, batch(tmp_path, ["C1,2026-03-04T07:00,2026-03-04T08:40,5,1,4"]), 0)
        assert [lot[1:3] for lot in listed(known(state))] == [(at("08:40"), 5.0)]


ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(0, 300), st.integers(0, 60), st.integers(1, 99)),
    min_size=1,
    max_size=14,
    unique_by=lambda row: row[:2],  # one row a lot and revision
)


@settings(max_examples=6, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 2**31))
def test_i5_any_order_and_any_split_over_files_gives_the_same_lots(
    tmp_path_factory: object, rows: list[tuple[int, int, int, int, int]], seed: int
) -> None:
    """With declared revisions: the highest of each lot counts, wherever it stood and whenever it came. # R2"""
    folder: Path = tmp_path_factory.mktemp("lots")  # type: ignore[attr-defined]
    start = at("00:00")
    wanted = {}
    for lot, _, minute, length, mass in sorted(rows):
        end = start + minute * 60_000_000
        wanted[lot] = (end - length * 60_000_000, end, float(mass), 1.0)  # the highest revision comes last
    lines = [
        f"L{lot},{datetime.fromtimestamp((start / 1e6) + 60 * (minute - length), UTC):%Y-%m-%dT%H:%M},"
        f"{datetime.fromtimestamp((start / 1e6) + 60 * minute, UTC):%Y-%m-%dT%H:%M},{mass},1,{revision}"
        for lot, revision, minute, length, mass in rows
    ]
    for attempt in range(2):
        random = Random(seed + attempt)
        shuffled = random.sample(lines, len(lines))
        state, files = connect(folder / f"state{attempt}"), random.randint(1, len(lines))
        for i in range(files):
            part = shuffled[i::files]
            append(state, batch(folder, part), 0)
        assert listed(known(state)) == sorted(wanted.values(), key=lambda lot: (lot[1], lot))
        assert quarantined(state) == ()


def test_r3_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    """Typed times and numbers, ids that are numbers: the same batch."""
    ends = [datetime(2026, 3, 4, 7, 40), datetime(2026, 3, 4, 8, 10)]
    starts = [datetime(2026, 3, 4, 7, 0), datetime(2026, 3, 4, 7, 40)]
    source = replace(SOURCE, match="*", revision="")
    text = batch(
        tmp_path,
        ["17,2026-03-04T07:00,2026-03-04T07:40,5.5,1", "18,2026-03-04T07:40,2026-03-04T08:10,9,2"],
        source,
        "coil,start,end,mass,n\n",
    )
    columns = {"coil": [17, 18], "start": starts, "end": ends, "mass": [5.5, 9.0], "n": [1, 2]}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    found = read_file(plant(replace(source, format="parquet"), zone="UTC", meters=METERS), tmp_path / "a.parquet").result
    assert (found.rejected, found.issues) == ((), ())
    assert batch_id(one_value_each(found)) == batch_id(one_value_each(text))


def test_r1_a_bill_that_names_days_lasts_from_the_first_ones_beginning_to_the_last_ones_end(tmp_path: Path) -> None:
    """As bills say it: 3 to 4 March are two production days from 06:00 (`readings.small`); as moments the 4th would be left out."""
    source = replace(SOURCE, meter="BILL", pieces="", revision="", whole_days=True)
    meters = (Meter("BILL", "booking", length=48 * HOUR),)
    text = "coil,start,end,mass\nB-1,2026-03-03,2026-03-04,21.5\nB-2,,2026-03-04,1\n"
    world = plant(source, zone="UTC", meters=meters)
    found = read_file(world, file(tmp_path, text)).result
    (length,) = found.value[[found.tags[i] == "BILL#duration" for i in found.tag]]
    first, last = (day_span(world, date(2026, 3, day)) for day in (3, 4))
    assert length * SECOND == last.end - first.start == 48 * HOUR
    assert last.end - MINUTE < int(found.ts[0]) <= last.end
    assert [line for line, _ in refused(found)] == [3]
