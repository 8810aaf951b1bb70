"""R3, R4: sheets of workbooks, cell by cell, and everything that people do to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from readings.books import excel, ods, ods_cell, ods_rows, sheet_xml, told, xls, xlsx_parts
from readings.small import LONG, at, file, plant, rows_of
from readings.test_sequence import rota
from shiftledger.plant.model import Meter, Sample, SourceFile
from shiftledger.readings.logical import batch_id
from shiftledger.readings.quality import one_value_each
from shiftledger.readings.sources.files import read_file

SOURCE = replace(LONG, match="*", format="excel")
WIDE = replace(SOURCE, layout="wide", columns=(("flow", "FT-1"), ("level", "LT-1")))
SIX = at("2026-01-04 05:00")
HOUR = 3_600_000_000
NO_DATE = "the cell is a time of day (08:00:00) without its date; where the date has a column of its own, name both (time, clock)"
A_DATE = "the cell is a date or time (2026-04-03), not a number: a spreadsheet took the number for one, or its format is wrong"
NEVER = "it was never calculated. Open the workbook in a spreadsheet and save it"
Fill = Callable[[Any, Any], None]


def read(path: Path, source: SourceFile = WIDE) -> tuple[list[tuple[str, int, float, int]], list[str]]:
    return told(read_file(plant(source), path))


def table(rows: list[list[object]], top: int = 0, left: int = 0) -> Fill:
    """Rows as they stand; dates and times get a format, text that begins with "=" is a formula with its value after " -> "."""

    def fill(book: Any, sheet: Any) -> None:
        formats = {datetime: "yyyy-mm-dd hh:mm", date: "yyyy-mm-dd", time: "hh:mm"}
        made = {kind: book.add_format({"num_format": form}) for kind, form in formats.items()}
        for r, row in enumerate(rows, top):
            for c, cell in enumerate(row, left):
                if type(cell) in made:
                    sheet.write_datetime(r, c, cell, made[type(cell)])
                elif isinstance(cell, str) and cell.startswith("="):
                    formula, _, value = cell.partition(" -> ")
                    sheet.write_formula(r, c, formula, None, value)
                elif cell is not None:
                    sheet.write(r, c, cell)

    return fill


HEAD: list[object] = ["time", "flow", "level"]
MORNING = datetime(2026, 1, 4, 6)


def test_r3_wide_with_numbers_dates_and_empty_cells(tmp_path: Path) -> None:
    rows = [HEAD, [MORNING, 1.5, 2], [datetime(2026, 1, 4, 7), None, 3], [], [datetime(2026, 1, 4, 8), 0.1 + 0.2, True]]
    path = excel(tmp_path / "a.xlsx", table(rows))
    assert read(path) == (
        [
            *(("FT-1", SIX, 1.5, 2), ("LT-1", SIX, 2.0, 2), ("LT-1", SIX + HOUR, 3.0, 3)),
            *(("FT-1", SIX + 2 * HOUR, 0.3, 5), ("LT-1", SIX + 2 * HOUR, 1.0, 5)),  # the sheet holds 15 digits
        ],
        [],
    )


def test_r3_long_with_states_quality_and_revision(tmp_path: Path) -> None:
    rows = [
        ["time", "tag", "value", "q", "rev"],
        [MORNING, "FT-1", 1.5, "good", 2],
        [MORNING, "BAND", "Light", 1, None],
        [MORNING, "BAND", 3, None, datetime(2026, 1, 5)],
        [MORNING, "LT-1", " 2.5 ", 2.0, None],
    ]
    found = read_file(plant(replace(SOURCE, quality="q", revision="rev")), excel(tmp_path / "a.xlsx", table(rows)))
    assert told(found)[1] == []
    assert found.result.quality.tolist() == [0, 1, 0, 2]
    assert found.result.revision.tolist() == [2, -1, at("2026-01-04 23:00"), -1]
    assert found.result.value.tolist()[:3] == [1.5, 1.0, 3.0]


@pytest.mark.parametrize("date_1904", [False, True])
def test_r3_dates_as_dates_as_text_and_as_numbers_of_either_system(tmp_path: Path, date_1904: bool) -> None:
    serial = 46026.25 - (1462 if date_1904 else 0)
    rows = [
        HEAD,
        [MORNING, 1],
        ["2026-01-04 07:00", 2],
        [serial + 2 / 24, 3],
        [date(2026, 1, 5), 4],
        ["2026-01-04T09:00:00+01:00", 5],
    ]
    path = excel(tmp_path / "a.xlsx", table(rows), date_1904=date_1904)
    expected = [SIX, SIX + HOUR, SIX + 2 * HOUR, SIX + 18 * HOUR, SIX + 3 * HOUR]
    assert read(path) == ([("FT-1", moment, float(i), i + 1) for i, moment in enumerate(expected, 1)], [])


def test_r3_date_and_clock_in_two_columns(tmp_path: Path) -> None:
    rows: list[list[object]] = [["day", "clock", "flow"], [date(2026, 1, 4), time(6), 1], [date(2026, 1, 4), "7:00", 2]]
    rows += [[46026, 8 / 24, 3], ["2026-01-04", time(9), 4], [date(2026, 1, 4), None, 5], [date(2026, 1, 4), "24:00", 6]]
    source = replace(SOURCE, layout="wide", time="day", clock="clock", columns=(("flow", "FT-1"),))
    found = read(excel(tmp_path / "a.xlsx", table(rows)), source)
    assert found[0] == [("FT-1", SIX + h * HOUR, float(i), i + 1) for i, h in ((1, 0), (2, 1), (3, 2), (4, 3), (6, 18))]
    assert found[1] == ["a.xlsx!Sheet1!A6 R021: the row has no time"]


def test_r4_cells_that_hold_no_reading_are_located(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        HEAD,
        [MORNING, "=1/0 -> #DIV/0!", 1],
        [datetime(2026, 1, 4, 7), "n/a", date(2026, 4, 3)],
        [time(8), 1, 1],
        ["=NA() -> #N/A", 1, 1],
        ["Total", 99, 98],
        [None, 99, 98],
    ]
    found = read_file(plant(WIDE), excel(tmp_path / "a.xlsx", table(rows)))
    assert told(found) == (
        [("LT-1", SIX, 1.0, 2)],
        [
            f"a.xlsx!Sheet1!A4 R021: {NO_DATE}",
            "a.xlsx!Sheet1!A5 R021: the cell holds the error #N/A",
            'a.xlsx!Sheet1!A6 R021: time "Total" does not fit ISO 8601 (2026-03-04T06:00:00)',
            "a.xlsx!Sheet1!A7 R021: the row has no time",
            "a.xlsx!Sheet1!B2 R022: the cell holds the error #DIV/0!",
            'a.xlsx!Sheet1!B3 R022: value "n/a" is not a finite decimal number with "." as decimal sign',
            f"a.xlsx!Sheet1!C3 R022: {A_DATE}",
        ],
    )
    assert found.result.rejected[0] == (
        "a.xlsx",
        2,
        "2026-01-04 06:00:00,flow,#DIV/0!",
        "Sheet1!B2: the cell holds the error #DIV/0!",
    )


def test_r4_formulas_by_their_stored_value_or_not_at_all(tmp_path: Path) -> None:
    stored = [HEAD, [MORNING, "=1+1 -> 2", '=IF(1,"","") -> ']]
    assert read(excel(tmp_path / "a.xlsx", table(stored)))[0] == [("FT-1", SIX, 2.0, 2)]
    head = "".join(f'<c r="{c}1" t="inlineStr"><is><t>{name}</t></is></c>' for c, name in zip("ABC", HEAD, strict=True))
    morning = '<c r="A2" t="inlineStr"><is><t>2026-01-04 06:00</t></is></c>'
    formulas = '<c r="B2"><f>SUM(X1:X9)</f><v></v></c><c r="C2"><f t="shared" si="0"/></c>'
    cells = f'<row r="1">{head}</row><row r="2">{morning}{formulas}</row>'
    assert read(xlsx_parts(tmp_path / "b.xlsx", sheet_xml(cells)))[1] == [
        f"b.xlsx!Sheet1!B2 R022: the formula =SUM(X1:X9) has no stored value: {NEVER}",
        f"b.xlsx!Sheet1!C2 R022: the formula = (shared with other cells) has no stored value: {NEVER}",
    ]


def merged_header(book: Any, sheet: Any) -> None:
    sheet.write(0, 0, "Shift report")
    sheet.merge_range(2, 1, 2, 2, "Line\n1")
    sheet.merge_range(2, 0, 3, 0, "time")
    table([["flow", "level"], [1, 2]], 3, 1)(book, sheet)
    table([[MORNING]], 4, 0)(book, sheet)


def test_r3_a_header_of_two_rows_with_merged_cells(tmp_path: Path) -> None:
    source = replace(WIDE, header_row=3, header_rows=2, columns=(("Line 1 / flow", "FT-1"), ("Line 1 / level", "LT-1")))
    path = excel(tmp_path / "a.xlsx", merged_header)
    assert read(path, source) == ([("FT-1", SIX, 1.0, 5), ("LT-1", SIX, 2.0, 5)], [])
    lacking = 'R007: the columns "time", "Line 1 / flow", "Line 1 / level" are not in the file'
    assert read(path, replace(source, header_row=0))[1][0] == f"a.xlsx!Sheet1:1 {lacking}"
    assert read(path, replace(source, header_row=2))[1] == ["a.xlsx!Sheet1:2 R006: there is no header in this row"]


def test_r3_a_table_that_begins_somewhere(tmp_path: Path) -> None:
    found = read(excel(tmp_path / "a.xlsx", table([HEAD, [MORNING, 1, "#"]], 6, 3)))
    assert found[0] == [("FT-1", SIX, 1.0, 8)]
    assert found[1][0].startswith('a.xlsx!Sheet1!F8 R022: value "#"')


def hidden_parts(book: Any, sheet: Any) -> None:
    table([HEAD, [MORNING, 1, 2], [datetime(2026, 1, 4, 7), 3, 4], [datetime(2026, 1, 4, 8), 5, 6]])(book, sheet)
    sheet.set_row(2, None, None, {"hidden": True})
    sheet.set_column(2, 2, None, None, {"hidden": True})


def test_r4_what_is_hidden_is_read_and_said(tmp_path: Path) -> None:
    rows, issues = read(excel(tmp_path / "a.xlsx", hidden_parts))
    assert [value for _, _, value, _ in rows] == [1, 2, 3, 4, 5, 6]
    assert issues == [
        "a.xlsx!Sheet1!3:3 R018: row 3 is hidden; it is read",
        'a.xlsx!Sheet1!C:C R018: the column "level" is hidden; it is read',
    ]


def test_r4_what_is_hidden_can_be_left_out(tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", hidden_parts)
    source = replace(WIDE, hidden="skip", columns=(("flow", "FT-1"),))
    rows, issues = read(path, source)
    assert ([value for _, _, value, _ in rows], issues) == (
        [1, 5],
        ["a.xlsx!Sheet1!3:3 R018: row 3 is hidden; it is not read"],
    )
    assert read(path, replace(WIDE, hidden="skip"))[1] == ['a.xlsx!Sheet1:1 R007: the column "level" is not in the file']


def merged_body(book: Any, sheet: Any) -> None:
    table([HEAD, [None, 1, 2], [None, 3, 4]])(book, sheet)
    sheet.merge_range(1, 0, 2, 0, MORNING, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))


def test_r4_merged_cells_in_the_body(tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", merged_body)
    rows, issues = read(path)
    assert [row[2] for row in rows] == [1, 2]
    assert issues == [
        "a.xlsx!Sheet1!A2:A3 R018: A2:A3 is merged; only its first cell has a value, the others are empty",
        'a.xlsx!Sheet1!A3 R021: the cell is merged with A2, and only that has the value (merged = "all" gives it to every cell)',
    ]
    rows, issues = read(path, replace(WIDE, merged="all"))
    assert [row[1:3] for row in rows] == [(SIX, 1), (SIX, 2), (SIX, 3), (SIX, 4)]
    assert issues == ["a.xlsx!Sheet1!A2:A3 R018: A2:A3 is merged; every cell has its value"]


def test_r3_decimal_commas_and_thousands_in_text(tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", table([HEAD, [MORNING, "1.234,5", 1.5]]))
    assert read(path, replace(WIDE, decimal=",", thousands="."))[0] == [("FT-1", SIX, 1234.5, 2), ("LT-1", SIX, 1.5, 2)]


def three_sheets(book: Any, sheet: Any) -> None:
    table([HEAD, [MORNING, 1, 2]])(book, sheet)
    table([HEAD, [MORNING, 3, 4]])(book, book.add_worksheet("记录"))
    book.add_worksheet("empty")
    hidden = book.add_worksheet("lists")
    hidden.write(0, 0, "x")
    hidden.hide()


def test_r3_sheets_are_named_or_alone(tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", three_sheets)
    assert [row[2] for row in read(path, replace(WIDE, sheet="记录"))[0]] == [3, 4]
    assert read(path)[1] == ['a.xlsx R043: 3 sheets have content: "Sheet1", "记录", "lists"']
    assert read(path, replace(WIDE, hidden="skip"))[1] == ['a.xlsx R043: 2 sheets have content: "Sheet1", "记录"']
    assert read(path, replace(WIDE, sheet="Sheet 1"))[1] == ['a.xlsx R043: there is no sheet "Sheet 1"']
    assert read(path, replace(WIDE, sheet="lists", hidden="skip"))[1] == ['a.xlsx!lists R043: the sheet "lists" is hidden']
    assert read(path, replace(WIDE, sheet="empty"))[1] == ["a.xlsx!empty R006: there is no header in this row"]
    assert (
        "a.xlsx!lists R018: the sheet is hidden; it is read"
        in read(path, replace(SOURCE, sheet="lists", time="x", tag="x", value="x"))[1]
    )


def test_r3_a_table_by_shift(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["日期", "班次", "库存", "水分"],
        [date(2026, 1, 4), "白班", 57.5, 8],
        ["2026-01-04", "夜班", 60, None],
    ]
    source = replace(SOURCE, layout="wide", day="日期", slot="班次", columns=(("库存", "LT-1"), ("水分", "LAB")))
    assert told(read_file(rota(source), excel(tmp_path / "a.xlsx", table(rows)))) == (
        [("LAB", SIX, 8.0, 2), ("LT-1", SIX + 8 * HOUR, 57.5, 2), ("LT-1", SIX + 24 * HOUR, 60.0, 3)],
        [],
    )


def test_r3_rows_dated_by_their_place(tmp_path: Path) -> None:
    rows = [HEAD, *([MORNING, i, None] for i in range(3)), *([datetime(2026, 1, 4, 7), i, None] for i in range(3, 6))]
    source = replace(WIDE, order="position", interval=HOUR // 3)
    assert read(excel(tmp_path / "a.xlsx", table(rows)), source) == (
        [("FT-1", SIX + i * HOUR // 3, float(i), i + 2) for i in range(6)],
        [],
    )


def test_r1_lots_with_ids_of_figures_and_letters_and_real_starts(tmp_path: Path) -> None:
    """Row by row what a CSV file says of the same lots: same ids, so one lot wherever it comes from."""
    clock = [datetime(2026, 1, 4, hour, minute) for hour, minute in ((6, 0), (6, 40), (7, 0))]
    rows: list[list[object]] = [
        ["end", "start", "tag", "value", "id"],
        [clock[1], clock[0], "COIL", 20.5, 20260104000123],
        [clock[2], "04.01.2026 06:40", "COIL", 21, "B-7"],
        [clock[2], 46026.25, "COIL", "22.5", 101],
    ]
    text = (
        "end,start,tag,value,id\n04.01.2026 06:40,04.01.2026 06:00,COIL,20.5,20260104000123\n"
        "04.01.2026 07:00,04.01.2026 06:40,COIL,21,B-7\n04.01.2026 07:00,04.01.2026 06:00,COIL,22.5,101\n"
    )
    named = replace(SOURCE, layout="lots", time="end", start="start", lot="id", time_format="%d.%m.%Y %H:%M")
    meters = (Meter("COIL", "lot"),)
    book = read_file(plant(named, meters=meters), excel(tmp_path / "a.xlsx", table(rows)))
    same = read_file(plant(replace(named, format="csv"), meters=meters), file(tmp_path, text))
    assert (told(book)[1], told(same)[1]) == ([], [])
    assert batch_id(one_value_each(book.result)) == batch_id(one_value_each(same.result))


def test_r1_laboratory_results_with_points_of_figures_and_times_of_results_of_any_kind(tmp_path: Path) -> None:
    """Lab 1's second result came at 09:00, as text; the numbers of days and the dates beside it are times, too."""
    results = [[MORNING, 7, "H2O", 8.5, datetime(2026, 1, 4, 8)], [MORNING, "7", "H2O", 8.75, "2026-01-04 09:00"]]
    rows: list[list[object]] = [["time", "point", "analyte", "value", "result"], *results, [MORNING, "F1", 12, 3, 46026.5]]
    named = replace(SOURCE, layout="lab", result_time="result")
    samples = (Sample("7", "H2O", "LAB-1"), Sample("F1", "12", "LAB-2"))
    of = replace(plant(named, meters=(Meter("LAB-1", "lab"), Meter("LAB-2", "lab"))), samples=samples)
    found = read_file(of, excel(tmp_path / "a.xlsx", table(rows)))
    assert told(found)[1] == []
    made = [(tag, value, revision) for tag, _, value, _, revision, _ in rows_of(found.result)]
    assert sorted(made) == [
        ("LAB-1", 8.5, at("2026-01-04 07:00")),
        ("LAB-1", 8.75, at("2026-01-04 08:00")),
        ("LAB-2", 3.0, at("2026-01-04 11:00")),
    ]


# --- OpenDocument


def test_r3_an_opendocument_spreadsheet(tmp_path: Path) -> None:
    rows = [
        HEAD,
        ["date:2026-01-04T06:00:00", 1.5, ods_cell("#DIV/0!", 'table:formula="of:=1/0" calcext:value-type="error"')],
        ["date:2026-01-04T07:00:00", ods_cell("", 'table:formula="of:=A1"'), 4],
        [ods_cell("date:2026-01-04T08:00:00", 'table:number-rows-spanned="2"'), 5, 6],
        ["<table:covered-table-cell/>", 7, 8],
    ]
    hidden = '<table:table-row table:visibility="collapse">' + ods_cell("Total") + "</table:table-row>"
    empty = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    path = ods(tmp_path / "a.ods", {'table:name="S"': ods_rows(rows) + hidden + empty})
    found, issues = read(path)
    assert [(tag, value) for tag, _, value, _ in found] == [("FT-1", 1.5), ("LT-1", 4.0), ("FT-1", 5.0), ("LT-1", 6.0)]
    assert issues == [
        "a.ods!S!6:6 R018: row 6 is hidden; it is read",
        "a.ods!S!A4:A5 R018: A4:A5 is merged; only its first cell has a value, the others are empty",
        'a.ods!S!A5 R021: the cell is merged with A4, and only that has the value (merged = "all" gives it to every cell)',
        'a.ods!S!A6 R021: time "Total" does not fit ISO 8601 (2026-03-04T06:00:00)',
        f"a.ods!S!B3 R022: the formula =A1 has no stored value: {NEVER}",
        "a.ods!S!C2 R022: the cell holds the error #DIV/0!",
    ]


def test_r4_a_hidden_opendocument_sheet(tmp_path: Path) -> None:
    styles = '<style:style style:name="ta1" style:family="table"><style:table-properties table:display="false"/></style:style>'
    rows = ods_rows([HEAD, ["date:2026-01-04T06:00:00", 1, 2]])
    path = ods(tmp_path / "a.ods", {'table:name="S" table:style-name="ta1"': rows}, styles)
    assert read(path)[1] == ["a.ods!S R018: the sheet is hidden; it is read"]
    assert read(path, replace(WIDE, hidden="skip"))[1] == ["a.ods R006: no sheet of the workbook has any content"]


# --- old binary workbooks


BLIND = "a.xls!Sheet1 R044: in this old kind of workbook errors such as #N/A look like empty cells, and hidden rows like others"


def test_r4_an_old_workbook_is_read_and_what_it_hides_is_said(tmp_path: Path) -> None:
    rows: list[list[object]] = [HEAD, ["2026-01-04 06:00", 1.5, "#N/A"], [46026.25, 2, 3]]
    path = xls(tmp_path / "a.xls", rows)
    plain = "the cell is a plain number (46026.25); if it counts days, say time_format serial-1900 or serial-1904"
    assert read(path) == ([("FT-1", SIX, 1.5, 2)], [BLIND, f"a.xls!Sheet1!A3 R021: {plain}"])
    found, issues = read(path, replace(WIDE, time_format="serial-1900"))
    assert (found, issues[0]) == ([("FT-1", SIX, 2.0, 3), ("LT-1", SIX, 3.0, 3)], BLIND)
