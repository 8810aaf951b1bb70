"""A changed value changes its own place in the text and nothing else; what a cell shows is what it means."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shiftledger.plant.cell_text import as_number, literal, number_text, raw_of, shown, typed_text
from shiftledger.plant.edits import ByHand, edited, written
from shiftledger.plant.fields import Field
from shiftledger.plant.grids import changes, grid_of, matched
from shiftledger.plant.values import Wrong
from shiftledger.readings.sources.plant_changes import _as_before

PRICES = """\
# what ore costs
material, price ,unit,source
ore,  0.50,EUR/t,"by the ""old"" list, north"
# a remark between
"steam",150,,"two
lines"
"""
STREAMS = """\
# All flows.

[stream.ore]          # into the mill
from = "outside"      # the mine
to   = 'U1'
material = "ore"

# Slurry has its own remark.
[stream.slurry]
from = "U1"
to = "T"
material = "slurry"
valid_from = 2026-01-01   # commissioned
"""


def with_rows(file: str, text: str, change: Any) -> str:
    """The text after a change of its rows as a sheet shows them."""
    grid = grid_of(file, text)
    rows = change([dict(row) for row in grid.rows])
    after = edited(file, text, changes(grid, grid.columns, rows))
    again = grid_of(file, after)
    assert changes(again, again.columns, rows) == ()  # what was written is what the sheet says
    return after


def replaced(number: int, **cells: str) -> Any:
    def change(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        rows[number].update(cells)
        return rows

    return change


@pytest.mark.parametrize(
    ("cells", "old", "new"),
    [
        ({"price": "0.51"}, "ore,  0.50,EUR/t", "ore,  0.51,EUR/t"),
        ({"unit": ""}, "0.50,EUR/t,", "0.50,,"),
        ({"unit": "EUR, new"}, "EUR/t", '"EUR, new"'),
        ({"material": "#1 ore"}, "ore,  0", '"#1 ore",  0'),
    ],
)
def test_a_cell_of_csv(cells: dict[str, str], old: str, new: str) -> None:
    assert with_rows("prices/x.csv", PRICES, replaced(0, **cells)) == PRICES.replace(old, new)


def test_a_column_that_the_file_did_not_have() -> None:
    text = with_rows("prices/x.csv", "material,price,unit\n# remark\nore,1,\nsteam,2,", replaced(1, band="night"))
    assert text == "material,price,unit,band\n# remark\nore,1,,\nsteam,2,,night"


def test_rows_of_csv_that_come_and_go() -> None:
    def change(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        return [{"material": "first", "price": "1"}, rows[0], {"material": "second", "price": "2"}]

    assert with_rows("prices/x.csv", PRICES, change) == PRICES.replace("unit,source\n", "unit,source\nfirst,1,,\n").replace(
        '# a remark between\n"steam",150,,"two\nlines"\n', "second,2,,\n# a remark between\n"
    )


def test_a_cell_over_several_lines() -> None:
    text = with_rows("prices/x.csv", PRICES, replaced(1, price="151"))
    assert text == PRICES.replace('"steam",150,,', "steam,151,,")


@pytest.mark.parametrize(
    ("row", "cells", "old", "new"),
    [
        (0, {"from": "outside:mine"}, '"outside"  ', '"outside:mine"  '),
        (0, {"to": "U2"}, "'U1'", '"U2"'),
        (1, {"valid_from": "2026-02-01"}, "2026-01-01", "2026-02-01"),
        (1, {"valid_from": ""}, "valid_from = 2026-01-01   # commissioned\n", ""),
        (0, {"name_en": 'a "b"\\'}, 'material = "ore"\n', 'material = "ore"\nname_en = "a \\"b\\"\\\\"\n'),
        (1, {"id": "pulp"}, "[stream.slurry]", "[stream.pulp]"),
    ],
)
def test_a_value_of_toml(row: int, cells: dict[str, str], old: str, new: str) -> None:
    assert with_rows("streams.toml", STREAMS, replaced(row, **cells)) == STREAMS.replace(old, new)


def test_rows_of_toml_that_come_and_go() -> None:
    gone = with_rows("streams.toml", STREAMS, lambda rows: rows[1:])
    assert gone == "# All flows.\n\n" + STREAMS[STREAMS.index("# Slurry") :]  # remarks on lines of their own stay
    steam = {"id": "steam in", "from": "outside", "to": "U1", "material": "steam"}
    more = with_rows("streams.toml", STREAMS, lambda rows: [rows[0], steam, rows[1]])
    block = '\n[stream."steam in"]\nfrom = "outside"\nto = "U1"\nmaterial = "steam"\n'
    assert more == STREAMS.replace('material = "ore"\n', f'material = "ore"\n{block}')


def test_lists_tables_and_tables_of_tables() -> None:
    text = "id = 1\n[rotation.r]\nanchor = 2026-01-01\ncrews = {A = 0, B = 2}  # phases\n[rotation.s]\nanchor = 2026-01-01\n[rotation.s.crews]\nA = 0\n"
    text = text.removeprefix("id = 1\n")
    assert with_rows("rotations.toml", text, replaced(0, crews="A = 0; B = 3")) == text.replace("B = 2", "B = 3")
    with pytest.raises(ByHand) as found:
        with_rows("rotations.toml", text, replaced(1, crews="A = 1"))
    assert found.value.line == 6
    inline = 'stream = {ore = {from = "a", to = "b", material = "c"}}\n'
    with pytest.raises(ByHand):
        with_rows("streams.toml", inline, replaced(0, to="d"))


def test_sorting_and_other_spellings_change_nothing() -> None:
    grid = grid_of("prices/x.csv", PRICES)
    rows = [dict(row) for row in reversed(grid.rows)]
    rows[1]["price"] = "0.5"
    assert changes(grid, grid.columns, rows) == ()


def test_a_row_is_known_by_what_it_says() -> None:
    old = [{"tag": "A", "kind": "rate", "unit": "t/h"}, {"tag": "B", "kind": "rate", "unit": "t/h"}]
    new = [
        {"tag": "B", "kind": "rate", "unit": "kg/h"},
        {"tag": "A2", "kind": "rate", "unit": "t/h"},
        {"tag": "C", "kind": "lab"},
    ]
    assert matched("meters.csv", old, new, ["tag", "kind", "unit"]) == [1, 0, None]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_the_byte_order_mark_stay(end: str, mark: bytes) -> None:
    before = mark + f"a,b{end}1,2{end}3,4".encode()
    assert _as_before(before, "a,b\n1,2\n3,5") == mark + f"a,b{end}1,2{end}3,5".encode()
    mixed = b"a,b\r\n1,2\n3,4\r\n"
    assert _as_before(mixed, "a,b\n1,2\n9,9\n") == b"a,b\r\n1,2\n9,9\r\n"


def test_a_new_file_has_what_its_rows_say() -> None:
    rows = [{"material": "ore", "price": "1", "source": "#1"}]
    assert written("prices/x.csv", ("material", "price", "unit", "source"), rows) == "material,price,source\nore,1,#1\n"
    assert written("areas.toml", ("id", "rotation"), [{"id": "磨矿", "rotation": "r"}]) == '[area."磨矿"]\nrotation = "r"\n'


NAMES, WORDS, TEXT = (Field("t", "f", type=kind) for kind in ("names", "words", "text"))
ANY = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


@given(st.lists(ANY, max_size=4))
@example(["a;b"])
@example([""])
@example(["[x"])
@example([" a", "b\n"])
def test_a_list_is_what_its_cell_shows(names: list[str]) -> None:
    assert raw_of(NAMES, shown(NAMES, names)) == names


@given(st.dictionaries(ANY, ANY, max_size=4))
@example({"a": "b=c"})
@example({"a;": "b"})
@example({"{": "}"})
def test_a_table_is_what_its_cell_shows(words: dict[str, str]) -> None:
    assert raw_of(WORDS, shown(WORDS, words)) == words


@given(ANY)
@example("")
@example('"quoted"')
@example("\x85 \x7f\u2028")
def test_text_is_what_its_cell_shows(text: str) -> None:
    cell = shown(TEXT, text)
    assert raw_of(TEXT, typed_text(TEXT, cell)) == text
    assert tomllib.loads(f"v = {literal(text)}")["v"] == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_numbers_of_15_digits_come_back_from_a_spreadsheet(number: Decimal) -> None:
    text = f"{number:f}"
    held = as_number(text)
    if held is not None:
        assert Decimal(number_text(float(held))) == number
    assert tomllib.loads(f"v = {literal(number)}", parse_float=Decimal)["v"] == number


@pytest.mark.parametrize("text", ["1234567890123456", "0.1234567890123456", "007", "1e5", ".5", "+5", "1_000"])
def test_what_a_spreadsheet_would_change_stays_text(text: str) -> None:
    assert as_number(text) is None


def test_a_date_that_a_spreadsheet_made_of_text_is_no_text() -> None:
    from datetime import date

    with pytest.raises(Wrong, match="where text is meant"):
        typed_text(TEXT, date(2026, 2, 1))
