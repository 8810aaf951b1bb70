"""R3: a guess of how an unknown file is read is valid text, loads the file, and says what it cannot know."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.small import at, file, plant, rows_of
from shiftledger.core.issue import failing
from shiftledger.core.period import HOUR, MINUTE
from shiftledger.plant.load import load_text
from shiftledger.plant.model import Meter, Plant, SourceFile
from shiftledger.readings.sources.files import read_file
from shiftledger.readings.sources.guess import Guess, guess
from shiftledger.readings.sources.guess_cells import words_of

METERS = (
    Meter("FT-1", "rate"),
    Meter("STEAM", "interval", length=HOUR),
    Meter("LT-1", "level"),
    Meter("MODE", "state", codes=(("run", Decimal(1)), ("halt", Decimal(0)))),
)
EMPTY = replace(plant(meters=METERS, zone="UTC"), sources={})


def guessed(path: Path, of: Plant = EMPTY) -> Guess:
    found = guess(of, path)
    assert found.result is not None, found.issues
    assert [issue.code for issue in found.issues] == ["R080"]
    return found.result


def pasted(made: Guess, folder: Path) -> SourceFile:
    """The source as the block declares it: read like any sources.toml."""
    text = {"plant.toml": '[plant]\nid = "p"\ncurrency = "EUR"\nzone = "UTC"\nday_start = 06:00:00\n', "sources.toml": made.block}
    loaded = load_text(text, root=str(folder))
    assert not failing(loaded.issues), (made.block, loaded.issues)
    (source,) = loaded.result.sources.values()
    assert replace(source, at=made.source.at) == made.source
    assert all(line.startswith(("#", '"', "match", "time =")) or len(line) <= 80 for line in made.block.splitlines())
    return source


def loads(path: Path, of: Plant = EMPTY) -> tuple[Guess, dict[str, int]]:
    made = guessed(path, of)
    source = pasted(made, path.parent)
    batch = read_file(replace(of, sources={source.id: source}), path).result
    assert batch.rejected == ()
    return made, {tag: int((batch.tag == i).sum()) for i, tag in enumerate(batch.tags)}


FORMATS = (
    *("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M"),
    *("%Y%m%d%H%M", "%d-%b-%Y %H:%M", "%m/%d/%Y %I:%M %p", "%Y年%m月%d日 %H:%M"),
)
WHOLE_DAYS = (
    *(("2026-01-04 00:00", "start", 1), ("2026-01-04 01:00", "end", 0)),
    *(("2026-01-04 06:00", "start", 1), ("2026-01-04 03:00", "instant", 0)),
)


@given(
    form=st.sampled_from(FORMATS),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    comma=st.booleans(),
    long=st.booleans(),
    step=st.sampled_from([15, 30, 60]),
    lead=st.sampled_from([0, 2]),
    first=st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1)),
    packed=st.booleans(),
)
@settings(max_examples=40)
def test_r3_a_guess_reads_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    form: str,
    encoding: str,
    delimiter: str,
    comma: bool,
    long: bool,
    step: int,
    lead: int,
    first: datetime,
    packed: bool,
) -> None:
    folder = tmp_path_factory.mktemp("guess")
    first = first.replace(minute=0, second=0, microsecond=0)
    stamps = [first + timedelta(minutes=step * i) for i in range(24 * 60 * 15 // step)]  # 15 days: a day above 12 is among them
    sign = "," if comma and delimiter != "," else "."
    value = [f"{100 + i % 7}.{i % 10}5".replace(".", sign) for i in range(len(stamps))]
    time_name = "时间" if encoding == "gb18030" else "Time"
    if long:
        rows = [(time_name, "tag", "value")] + [
            (s.strftime(form), ("FT-1", "LT-1")[i % 2], value[i]) for i, s in enumerate(stamps)
        ]
    else:
        rows = [(time_name, "Ft 1 flow", "other", "LT-1")] + [
            (s.strftime(form), value[i], "x", value[-i]) for i, s in enumerate(stamps)
        ]
    text = "Report of the logger\n" * lead + "\n".join(delimiter.join(row) for row in rows) + "\n"
    raw = text.encode(encoding)
    path = file(folder, gzip.compress(raw) if packed else raw, "a[1].csv" + ".gz" * packed)
    made, counts = loads(path)
    assert sum(counts.values()) == len(stamps) * (1 if long else 2)
    assert set(counts) == {"FT-1", "LT-1"}
    source = made.source
    assert (source.delimiter, source.decimal, source.layout) == (delimiter, sign, "long" if long else "wide")
    batch = read_file(made.plant, path).result
    offset = timedelta(microseconds=source.interval) if source.stamps == "end" else timedelta(0)
    assert batch.ts.min() == at(f"{first - offset:%Y-%m-%d %H:%M}")


def table(stamps: list[str], *columns: str) -> str:
    return "\n".join([f"time,{','.join(columns)}", *(f"{stamp}{',1.5' * len(columns)}" for stamp in stamps)]) + "\n"


def test_r3_the_row_that_decides_between_day_and_month_is_named(tmp_path: Path) -> None:
    made, _ = loads(file(tmp_path, table(["01/02/2026 00:00", "02/02/2026 00:00", "13/02/2026 00:00"], "FT-1")))
    assert (made.source.time_format, 'the day comes first: line 4 says "13/02/2026 00:00"' in made.block) == (
        "%d/%m/%Y %H:%M",
        True,
    )
    made, _ = loads(file(tmp_path, table(["02/01/2026 00:00", "02/02/2026 00:00", "02/13/2026 00:00"], "FT-1")))
    assert (made.source.time_format, 'the month comes first: line 4 says "02/13/2026 00:00"' in made.block) == (
        "%m/%d/%Y %H:%M",
        True,
    )


def test_r3_where_no_row_decides_it_is_said_with_what_each_would_mean(tmp_path: Path) -> None:
    made, _ = loads(file(tmp_path, table(["03/04/2026 06:00", "03/04/2026 07:00", "03/04/2026 08:00"], "FT-1")))
    text = " ".join(line.lstrip("# ") for line in made.block.splitlines())
    assert 'CANNOT BE TOLD: day or month first? line 2 "03/04/2026 06:00" is 03 April 2026 or 04 March 2026' in text
    assert "A row with a day above 12 would decide" in text
    even, _ = loads(file(tmp_path, table([f"0{day}/04/2026 {hour:02d}:00" for day in (3, 4) for hour in range(24)], "FT-1")))
    assert even.source.time_format == "%d/%m/%Y %H:%M"
    assert "a guess: with the day first the stamps follow each other evenly" in " ".join(
        line.lstrip("# ") for line in even.block.splitlines()
    )


@pytest.mark.parametrize(("first", "stamps", "shift"), WHOLE_DAYS)
def test_r3_whole_days_show_whether_stamps_are_starts_or_ends(tmp_path: Path, first: str, stamps: str, shift: int) -> None:
    start = datetime.fromisoformat(first)
    path = file(tmp_path, table([f"{start + timedelta(hours=i):%Y-%m-%d %H:%M}" for i in range(48)], "steam", "FT-1"))
    made, _ = loads(path)
    assert (made.source.stamps, made.source.interval) == (stamps, 0 if stamps == "instant" else HOUR)
    batch = read_file(made.plant, path).result
    assert batch.ts[batch.tag == batch.tags.index("STEAM")].min() == at(first) + shift * HOUR


def test_r3_midnight_on_the_old_date_is_seen_by_the_order_of_the_rows(tmp_path: Path) -> None:
    stamps = [datetime(2026, 1, 4) + timedelta(minutes=30 * i) for i in range(1, 97)]
    old = [f"{when - timedelta(days=when.hour == when.minute == 0):%Y-%m-%d %H:%M}" for when in stamps]
    path = file(tmp_path, table(old, "STEAM"))
    made, _ = loads(path)
    assert (made.source.midnight, made.source.stamps, made.source.interval) == ("old", "end", 30 * MINUTE)
    assert read_file(made.plant, path).result.ts.max() == at("2026-01-06 00:00")


def test_r3_date_and_clock_in_two_columns(tmp_path: Path) -> None:
    path = file(tmp_path, "date,clock,FT-1\n13.01.2026,06:00,1\n13.01.2026,07:00,2\n")
    made, _ = loads(path)
    assert (made.source.time, made.source.clock, made.source.time_format) == ("date", "clock", "%d.%m.%Y %H:%M")
    assert read_file(made.plant, path).result.ts.tolist() == [at("2026-01-13 06:00"), at("2026-01-13 07:00")]


def test_r3_states_are_matched_by_their_codes_and_numbers_by_name(tmp_path: Path) -> None:
    text = "time,Mode of day,Mode,ft1\n2026-01-04 06:00,Monday,run,5\n2026-01-04 07:00,Monday,halt,6\n"
    made, counts = loads(file(tmp_path, text))
    assert dict(made.source.columns) == {"Mode": "MODE", "ft1": "FT-1"}
    assert counts == {"FT-1": 2, "MODE": 2}
    assert '# not read: "Mode of day"' in made.block


def test_r3_names_of_streams_in_chinese_name_columns(tmp_path: Path) -> None:
    from shiftledger.plant.model import Stream

    ore = Stream("ore", "outside", "mill", "ore", name_zh="原矿", name_en="crude ore")
    mine = replace(EMPTY, streams={"ore": ore}, meters=(Meter("WIT-0815", "rate", stream="ore"),))
    path = file(tmp_path, "时间,原矿量 t/h\n2026/1/4 6:00,12.5\n2026/1/4 7:00,12.6\n".encode("gb18030"))
    made, counts = loads(path, mine)
    assert (dict(made.source.columns), made.source.encoding, counts) == ({"原矿量 t/h": "WIT-0815"}, "gb18030", {"WIT-0815": 2})


def test_r3_western_text_is_not_taken_for_chinese(tmp_path: Path) -> None:
    path = file(tmp_path, "Zeit;FT-1;Größe °C;Öl\n2026-01-04 06:00;1,5;2;3\n2026-01-04 07:00;1,5;2;3\n".encode("cp1252"))
    made, _ = loads(path)
    assert (made.source.encoding, made.source.decimal) == ("cp1252", ",")


def test_r3_unknown_tags_are_named_with_the_closest(tmp_path: Path) -> None:
    made = guessed(file(tmp_path, "time,tag,value\n2026-01-04 06:00,FT-1,1\n2026-01-04 06:00,FT-11,1\n"))
    assert '# the tag "FT-11" is not in meters.csv. Closest: FT-1.' in made.block


def test_r3_without_a_likely_meter_the_block_says_what_to_declare(tmp_path: Path) -> None:
    made = guessed(file(tmp_path, "time,alpha,beta\n2026-01-04 06:00,1,2\n2026-01-04 07:00,1,2\n"))
    assert "# columns = {" in made.block
    assert "Declare the meters" in made.block


def test_r3_an_id_that_is_taken_is_not_taken_again(tmp_path: Path) -> None:
    path = file(tmp_path, table(["2026-01-04 06:00", "2026-01-04 07:00"], "FT-1"))
    assert guessed(path, replace(EMPTY, sources={"a": SourceFile("a", "other.csv")})).source.id == "a-2"


@pytest.mark.parametrize(
    "text",
    [
        "Invoice,From,To,Band,Nm3\nG-1,2026-10-01,2026-10-31,peak,640000\nG-1,2026-10-01,2026-10-31,valley,1105000\n",
        "取样时间,取样点,项目,结果\n2026-10-01 10:00,成品,水分,8.0\n2026-10-01 10:00,浆塔,浓度,3.96\n"
        "2026-10-01 18:00,成品,水分,8.1\n2026-10-01 18:00,浆塔,浓度,4.02\n",
    ],
)
def test_r3_rows_with_words_are_not_taken_for_values_in_order_but_perhaps_for_lots_or_samples(tmp_path: Path, text: str) -> None:
    """A bill of two bands and a laboratory's list have two rows a stamp, too: no sensor told these one after the other."""
    found = guess(EMPTY, file(tmp_path, text)).result
    assert found is not None
    assert found.source.order == "any"
    assert 'the layout is "lots" or "lab"' in " ".join(found.block.replace("#", " ").split())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 zip", "damaged"),
        (b"PAR1 and no more", "damaged"),
        (gzip.compress(b"PAR1 and more", mtime=0), "unpack"),
        (b"a\0b\0\x01\xd8", "encoding"),
        (b"only words\non lines\n", "delimiter"),
        (b"a,b\nc,d\n", "header"),
        (b"a,b\n1,2\n3,4\n", "no column holds times"),
        (b"\x1f\x8b\x08\x00", "compressed"),
    ],
)
def test_r3_what_is_no_table_of_readings_is_said_to_be_none(tmp_path: Path, content: bytes, said: str) -> None:
    found = guess(EMPTY, file(tmp_path, content))
    assert (found.result, [issue.code for issue in found.issues]) == (None, ["R081"])
    assert said in found.issues[0].message


def test_r3_words_of_a_name() -> None:
    assert words_of("Flotation Column 01 Air Flow") == {"flotation", "column", "1", "air", "flow"}


def test_r3_the_real_quarter_hours(data_set: Callable[[str], Path], root: Path) -> None:
    from shiftledger.plant.load import open_folder

    steel = open_folder(root / "plants" / "steel-energy").result
    path = data_set("steel_daewoo_15min/steel_industry_15min.csv.gz")
    made = guessed(path, replace(steel, sources={}))
    declared = steel.sources["quarter-hours"]
    for name in ("layout", "time", "time_format", "stamps", "interval", "midnight", "decimal", "encoding"):
        assert getattr(made.source, name) == getattr(declared, name), name
    assert sorted(made.source.columns) == sorted(declared.columns)
    pasted(made, path.parent)


@pytest.mark.parametrize(("name", "rows"), [("hourly", 4097), ("20s_first43h_recovered", 7734)])
def test_r3_the_real_flotation_plant(data_set: Callable[[str], Path], name: str, rows: int) -> None:
    tags = ("IRON-FEED", "SILICA-FEED", "ORE-PULP-FLOW", "AIR-01", "IRON-CONCENTRATE")
    of = replace(EMPTY, meters=tuple(Meter(tag, "rate") for tag in tags))
    made, counts = loads(data_set(f"flotation/flotation_{name}.csv.gz"), of)
    assert dict(made.source.columns) == {
        "% Iron Feed": "IRON-FEED", "% Silica Feed": "SILICA-FEED", "Ore Pulp Flow": "ORE-PULP-FLOW",
        "Flotation Column 01 Air Flow": "AIR-01", "% Iron Concentrate": "IRON-CONCENTRATE",
    }  # fmt: skip
    assert counts == dict.fromkeys(sorted(tags), rows)
    assert made.source.order == ("any" if name == "hourly" else "position")


def test_r3_of_ten_thousand_columns_or_tags_that_nobody_knows_some_are_named_and_all_counted(tmp_path: Path) -> None:
    names = [f"x{i}" for i in range(10_000)]
    rows = "".join(f"2026-01-04 0{hour}:00,{'1,' * 10_000}5\n" for hour in range(6, 9))
    made, counts = loads(file(tmp_path, f"time,{','.join(names)},FT-1\n{rows}"))
    assert counts == {"FT-1": 3}
    assert len(made.block) < 2_000
    assert "9,980 more columns" in " ".join(made.block.replace("#", "").split())


STAMPS = [f"2026-01-{day} {hour:02d}:00" for day in (13, 14) for hour in range(24)]


def made(head: str, row: str) -> str:
    """A table of two days of hours; `row` with {s} for the stamp, {i} for a number."""
    return head + "".join(row.format(s=stamp, i=i) + "\n" for i, stamp in enumerate(STAMPS))


@pytest.mark.parametrize(
    ("text", "first", "said"),
    [
        (made("Time;FT-1;LT-1\n;t/h;°C\n", "{s};{i},5;{i}"), 0.5, "header_rows = 2"),
        (made("Report of 3\n\nTime;FT-1;LT-1\nlocal;t/h;t/h\n", "{s};{i},5;{i}"), 0.5, "header_row = 3"),
        (made("Time,FT-1,LT-1,\n", "{s},{i}.5,{i},"), 0.5, ""),
        (made("Time,FT-1,LT-1\n", "{s},{i}.5,{i},"), 0.5, ""),
        (made("Time,FT-1,LT-1,\n", "{s},{i}.5,{i}"), 0.5, ""),
        (made("Time,FT-1,LT-1,x,x\n", "{s},{i}.5,{i},a,b"), 0.5, '# not read: "x (column 4)", "x (column 5)"'),
        (made("Time,FT-1,FT-1,LT-1\n", "{s},{i}.5,7,{i}"), 0.5, '"FT-1 (column 2)" = "FT-1"'),
        (made("Time;FT-1;LT-1\n", "{s};1 000,5;{i}"), 1000.5, 'thousands = "space"  # as in 1 000,5'),
        (made("Time;FT-1;LT-1\n", "{s};1\u00a0000,5;{i}"), 1000.5, 'thousands = "space"  # as in 1 000,5'),
        (made("Time;FT-1;LT-1\n", "{s};1\u202f000,5;{i}"), 1000.5, 'thousands = "space"  # as in 1 000,5'),
        (made("Time;FT-1;LT-1\n", "{s};1\u2019000.5;{i}"), 1000.5, 'thousands = "\'"'),
        (made("Time;FT-1;LT-1\n", "{s};1.000,5;{i}"), 1000.5, 'thousands = "."'),
        (made("Time,FT-1,LT-1\n", '{s},"1,000.5",{i}'), 1000.5, 'thousands = ","'),
        (made("Time;FT-1;LT-1\n", "{s};1,000;{i}"), 1.0, "# CANNOT BE TOLD: is 1,000 a number with decimals, or a whole one?"),
        (made("时间,FT-1,LT-1\n", "{s},１．５,{i}"), 1.5, ""),
    ],
)
def test_r3_habits_of_exporters_are_guessed_and_the_block_reads_the_file(
    tmp_path: Path, text: str, first: float, said: str
) -> None:
    found, counts = loads(file(tmp_path, text))
    assert said in found.block
    assert counts == {"FT-1": 48, "LT-1": 48}
    batch = read_file(found.plant, tmp_path / "a.csv").result
    assert batch.rejected == ()
    assert next(value for tag, _, value, *_ in rows_of(batch) if tag == "FT-1") == first


@pytest.mark.parametrize("clock", [False, True])
def test_r3_a_day_that_ends_at_24_is_guessed(tmp_path: Path, clock: bool) -> None:
    rows = [f"{day}.01.2026{',' if clock else ' '}{hour:02d}:00,{hour}" for day in (13, 14) for hour in range(1, 25)]
    found, counts = loads(file(tmp_path, "\n".join([f"Date,{'Hour,' * clock}FT-1", *rows]) + "\n"))
    assert counts == {"FT-1": 48}
    assert (found.source.stamps, found.source.midnight, found.source.clock) == ("end", "new", "Hour" if clock else "")
    ts = read_file(found.plant, tmp_path / "a.csv").result.ts
    assert (ts.min(), ts.max()) == (at("2026-01-13 00:00"), at("2026-01-14 23:00"))
