"""The text of a plant: every value knows its line (I7), every mistake is a located issue, nothing is guessed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.core.issue import Issue, Location
from shiftledger.plant.load import load_text, open_folder, text_hash
from shiftledger.plant.model import Plant
from shiftledger.plant.rows import place
from shiftledger.plant.source import parsed, read_folder
from shiftledger.plant.toml_index import toml_index

PLANT = '[plant]\nid = "p"\ncurrency = "EUR"\nzone = "UTC"\nday_start = 06:00:00\n'


def load(**files: str) -> tuple[Plant, tuple[Issue, ...]]:
    """A plant of plant.toml and the given files; `meters_csv` stands for meters.csv, `prices__planned_csv` for prices/planned.csv."""
    named = {name.replace("__", "/").replace("_toml", ".toml").replace("_csv", ".csv"): text for name, text in files.items()}
    outcome = load_text({"plant.toml": PLANT, **named})
    return outcome.result, outcome.issues


def codes(issues: tuple[Issue, ...]) -> list[str]:
    return [issue.code for issue in issues]


def meant(text: str, at: Location) -> str:
    """The characters that a location points at."""
    assert at.text == text.split("\n")[at.line - 1]
    return at.text[at.column - 1 : at.column - 1 + at.length]


# TOML


DOCUMENT = """\
# a remark with [brackets] and "quotes"
[rotation.four]  # after a header
pattern = "DD#]," # not a remark inside
slots = [
    {id = "D", start = 06:00:00},   # one a line
    {id = "E", start = 14:00:00, name_zh = "中班"}, {id = "N", start = 22:00:00},
]
crews = {A = 0, "B" = 2}
text.dotted."key x" = 'lit\\eral'
long = \"\"\"first
second \\\"\"\" still\"\"\"
last   =   -1_000.5e3
[ rotation . "two x" ]
anchor=2026-03-31
[[many]]
a = 1
[[many]]
a = [1, [2, 3]]
[many.sub]
b = true
"""


@pytest.mark.parametrize(
    ("path", "line", "column", "what"),
    [
        (("rotation", "four"), 2, 2, "rotation.four"),
        (("rotation", "four", "pattern"), 3, 11, '"DD#],"'),
        (("rotation", "four", "slots"), 4, 9, "["),
        (("rotation", "four", "slots", 0), 5, 5, '{id = "D", start = 06:00:00}'),
        (("rotation", "four", "slots", 1, "start"), 6, 24, "14:00:00"),
        (("rotation", "four", "slots", 1, "name_zh"), 6, 44, '"中班"'),
        (("rotation", "four", "slots", 2, "id"), 6, 57, '"N"'),
        (("rotation", "four", "crews", "B"), 8, 23, "2"),
        (("rotation", "four", "text", "dotted", "key x"), 9, 23, "'lit\\eral'"),
        (("rotation", "four", "long"), 10, 8, '"""first'),
        (("rotation", "four", "last"), 12, 12, "-1_000.5e3"),
        (("rotation", "two x"), 13, 3, 'rotation . "two x"'),
        (("rotation", "two x", "anchor"), 14, 8, "2026-03-31"),
        (("many", 0, "a"), 16, 5, "1"),
        (("many", 1, "a", 1, 0), 18, 10, "2"),
        (("many", 1, "sub", "b"), 20, 5, "true"),
    ],
)
def test_i7_every_toml_value_knows_its_place(path: tuple[str | int, ...], line: int, column: int, what: str) -> None:
    index = toml_index(DOCUMENT)
    found = index.values[path]
    assert found == (line, column, len(what))
    assert DOCUMENT.split("\n")[line - 1][column - 1 :].startswith(what)


def test_i7_keys_have_places_of_their_own() -> None:
    index = toml_index(DOCUMENT)
    assert index.keys[("rotation", "four", "text", "dotted", "key x")] == (9, 1, 19)
    assert index.keys[("rotation", "four", "crews", "B")] == (8, 17, 3)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Mapping[tuple[str | int, ...], Any]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = {} if isinstance(value, dict | list) else {path: value}
    for key, part in parts:
        found.update(leaves(part, (*path, key)))
    return found


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {toml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[\n  " + ", # remark ] }\n ".join(map(toml, value)) + "\n]"
    return quoted(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


TEXT = st.text(st.sampled_from("ab.#[]{}=,'\"\\ 中"), max_size=6)
VALUES = st.recursive(
    st.integers(0, 999) | TEXT | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, st.integers(0, 9), max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXT, st.dictionaries(TEXT, VALUES, max_size=4), min_size=1, max_size=3))
def test_i7_every_value_reads_back_from_its_place(tables: dict[str, dict[str, Any]]) -> None:
    text = "".join(
        f"[{quoted(name)}]  # remark\n" + "".join(f"{quoted(key)} = {toml(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    )
    document = tomllib.loads(text)
    index = toml_index(text)
    for path, value in leaves(document).items():
        line, column, length = index.values[path]
        there = text.split("\n")[line - 1][column - 1 : column - 1 + length]
        assert tomllib.loads(f"v = {there}")["v"] == value


def test_i7_toml_issue_stands_at_the_inner_value() -> None:
    text = '[rotation.r]\nanchor = 2026-01-01\ncrews = {A = 0, B = "x"}\npattern = "D"\nslots = [{id = "D", start = 06:00:00}]\n'
    _, issues = load(rotations_toml=text)
    assert codes(issues) == ["P007"]
    assert issues[0].at is not None
    assert (issues[0].at.line, meant(text, issues[0].at)) == (3, '"x"')


# CSV


def test_i7_every_cell_knows_its_place() -> None:
    text = '# remark, "odd\nmaterial,price,unit\n\n"ore",  1.5 ,"EUR/t"\nslurry, "2",EUR/t\n'
    plant, issues = load(prices__planned_csv=text)
    assert codes(issues) == []
    assert [(p.material, p.price, p.at.line) for p in plant.prices] == [("ore", Decimal("1.5"), 4), ("slurry", Decimal(2), 5)]
    first, second = plant.prices
    assert meant(text, place(plant.text, first.at, "unit")) == '"EUR/t"'
    assert meant(text, place(plant.text, first.at, "price")) == "1.5"
    assert meant(text, place(plant.text, second.at, "price")) == '"2"'
    assert place(plant.text, second.at, "price").column == 9


def test_i7_a_cell_may_run_over_lines() -> None:
    text = 'day,slot,area,note\n2026-01-01,D,m,"two\nlines, ""here"", and there"\n2026-01-02,D,m,x\n'
    plant, issues = load(roster_csv=text)
    assert codes(issues) == []
    assert [(row.note, row.at.line) for row in plant.roster] == [('two\nlines, "here", and there', 2), ("x", 4)]


def test_broken_quotes_are_one_issue_and_the_rest_is_read() -> None:
    plant, issues = load(prices__planned_csv='material,price\n"ore,1\nslurry,2\nsteam,"3"4\nwater,5\n')
    assert [(issue.code, issue.at.line if issue.at else 0) for issue in issues] == [("P003", 2), ("P003", 4)]
    assert [price.material for price in plant.prices] == ["slurry", "water"]


def test_a_broken_header_is_one_issue() -> None:
    plant, issues = load(prices__planned_csv='"material"x,price\nore,1\nslurry,2\n')
    assert [(issue.code, str(issue.at)) for issue in issues] == [("P003", "prices/planned.csv:1")]
    assert plant.prices == ()


def test_cells_and_columns_are_counted() -> None:
    _, issues = load(prices__planned_csv="material,price,price,prize\nore,1,2\nslurry,1,1,1\n")
    assert codes(issues) == ["P010", "P005", "P009"]
    assert "Closest: price. " in issues[1].remedy


def test_a_required_column_is_missed_once_not_in_every_row() -> None:
    plant, issues = load(prices__planned_csv="material,unit\nore,EUR/t\nslurry,EUR/t\n")
    assert codes(issues) == ["P006"]
    assert plant.prices == ()


def test_a_required_cell_is_missed_where_it_should_stand() -> None:
    _, issues = load(prices__planned_csv="material,price\n,5\nore,\n")
    assert [(issue.code, str(issue.at), issue.at.column if issue.at else 0) for issue in issues] == [
        ("P006", "prices/planned.csv:2", 1),
        ("P006", "prices/planned.csv:3", 5),
    ]


def test_an_empty_table_has_no_header() -> None:
    assert codes(load(meters_csv="# nothing\n\n")[1]) == ["P006"]
    assert codes(load(meters_csv="tag,kind\n")[1]) == []


# Folder


def write(folder: Path, **files: bytes) -> Path:
    (folder / "plant.toml").write_text(PLANT)
    for name, content in files.items():
        (folder / name.replace("_toml", ".toml").replace("_csv", ".csv")).write_bytes(content)
    return folder


def test_only_known_files_are_read(tmp_path: Path) -> None:
    write(tmp_path, README=b"x", references_csv=b"\xff", goals_toml=b"\xff", notes_csv=b"\xff")
    for name in (".shiftledger/plant.toml", "readings/meters.csv", "prices/planned.csv", "prices/x/y.csv", "prices/old.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("material,price\n")
    files, issues = read_folder(tmp_path)
    assert (sorted(files), issues) == (["plant.toml", "prices/planned.csv"], ())


@pytest.mark.parametrize(
    ("name", "meant"),
    [("mater.csv", "meters.csv"), ("Meters.csv", "meters.csv"), ("stream.toml", "streams.toml"), ("areas.csv", "areas.toml")],
)
def test_names_that_look_misspelt_are_warned_of(tmp_path: Path, name: str, meant: str) -> None:
    (write(tmp_path) / name).write_text("")
    _, issues = read_folder(tmp_path)
    assert [(issue.code, issue.severity) for issue in issues] == [("P004", "warning")]
    assert f"looks like {meant}" in issues[0].message


def test_bytes_of_editors_do_not_matter(tmp_path: Path) -> None:
    unix = b'[area.m]\nrotation = "r"\nname_zh = "\xe7\xa3\xa8"\n'
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    plain = open_folder(write(tmp_path / "a", areas_toml=unix))
    windows = open_folder(write(tmp_path / "b", areas_toml=b"\xef\xbb\xbf" + unix.replace(b"\n", b"\r\n")))
    (tmp_path / "c").mkdir()
    old = open_folder(write(tmp_path / "c", areas_toml=unix.replace(b"\n", b"\r")))
    assert old.result.areas == plain.result.areas
    assert plain.issues == windows.issues == ()
    assert plain.result.areas == windows.result.areas
    assert text_hash(plain.result) == text_hash(windows.result)


def test_what_is_no_text_is_located_and_the_rest_read(tmp_path: Path) -> None:
    folder = write(tmp_path, areas_toml=b'[area.m]\nrotation = "r"\nname_en = "M\xfc"\n', units_toml=b'[unit.u]\narea = "\0"\n')
    outcome = open_folder(folder)
    assert [(issue.code, str(issue.at), issue.at.column if issue.at else 0) for issue in outcome.issues] == [
        ("P002", "areas.toml:3", 13),
        ("P002", "units.toml:2", 9),
    ]
    assert list(outcome.result.areas) == ["m"]


def test_files_that_cannot_be_opened_or_are_huge(tmp_path: Path) -> None:
    write(tmp_path, areas_toml=b"#" * (16 * 1024 * 1024 + 1))
    (tmp_path / "units.toml").symlink_to(tmp_path / "nowhere.toml")
    assert [(issue.code, str(issue.at)) for issue in open_folder(tmp_path).issues] == [
        ("P002", "areas.toml"),
        ("P002", "units.toml"),
    ]


def test_no_folder_is_one_issue(tmp_path: Path) -> None:
    assert codes(open_folder(tmp_path / "nowhere").issues) == ["P001"]
    (tmp_path / "file").write_text("")
    assert codes(open_folder(tmp_path / "file").issues) == ["P001"]
    assert codes(open_folder(tmp_path).issues) == ["P001"]


# Text and its hash


def test_l7_the_stored_text_gives_the_same_plant(root: Path) -> None:
    opened = open_folder(root / "plants" / "two-tanks").result
    stored = load_text(dict(reversed(opened.text.items()))).result
    assert stored.root == ""
    assert text_hash(stored) == text_hash(opened)
    assert (stored.streams, stored.meters, stored.prices, stored.settings) == (
        opened.streams,
        opened.meters,
        opened.prices,
        opened.settings,
    )


def test_l7_the_text_hash_sees_every_character() -> None:
    base = load(areas_toml='[area.m]\nrotation = "r"\n')[0]
    assert text_hash(base) != text_hash(load(areas_toml='[area.m]\nrotation = "r" \n')[0])
    assert text_hash(base) != text_hash(load(units_toml='[area.m]\nrotation = "r"\n')[0])
    assert text_hash(base) == text_hash(load_text({"notes.txt": "x", **base.text}).result)


def test_parsing_a_file_that_no_table_has_gives_nothing() -> None:
    assert parsed("notes.csv", "a,b\n").rows == ()


def test_opening_a_plant_needs_no_heavy_library(root: Path) -> None:
    program = (
        "import sys; from shiftledger.plant.load import open_folder; open_folder(sys.argv[1]);"
        "print([m for m in ('pint', 'numpy', 'pyarrow', 'sqlalchemy', 'deltalake') if m in sys.modules])"
    )
    environment = {"PYTHONPATH": str(root / "src")}
    command = [sys.executable, "-c", program, str(root / "plants" / "two-tanks")]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert ran.stdout.strip() == "[]"
