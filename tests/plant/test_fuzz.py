"""Whatever a file holds, opening a plant gives located issues and never a traceback."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from shiftledger.plant.checks import check
from shiftledger.plant.load import load_text, open_folder
from shiftledger.plant.schema import table_of
from shiftledger.render.issues import format_issue

ROOT = Path(__file__).resolve().parent.parent.parent
TEXTS = dict(open_folder(ROOT / "plants" / "two-tanks").result.text)
FILES = sorted(TEXTS)
ODD = [
    "",
    "\n",
    '"',
    "'",
    "[",
    "]]",
    "{",
    "=",
    ",",
    "#",
    '"""',
    "\\",
    "-1",
    "1e999",
    "nan",
    "\t",
    "中",
    "\x1b",
    "2026-02-30",
    "R",
    "0",
]


def examined(files: dict[str, str]) -> None:
    outcome = load_text(files)
    for issue in (*outcome.issues, *check(outcome.result)):
        assert issue.at is not None
        assert table_of(issue.at.file) is not None
        lines = files.get(issue.at.file, "").split("\n")
        assert 0 <= issue.at.line <= len(lines)
        assert not issue.at.line or issue.at.text in (lines[issue.at.line - 1], "")
        assert format_issue(issue)


@given(st.sampled_from(FILES), st.data())
def test_truncated_files(file: str, draw: st.DataObject) -> None:
    text = TEXTS[file]
    examined({**TEXTS, file: text[: draw.draw(st.integers(0, len(text)))]})


@given(st.sampled_from(FILES), st.data())
def test_lines_in_another_order(file: str, draw: st.DataObject) -> None:
    lines = TEXTS[file].split("\n")
    examined({**TEXTS, file: "\n".join(draw.draw(st.permutations(lines)))})


@given(st.sampled_from(FILES), st.sampled_from(FILES))
def test_files_under_another_name(one: str, other: str) -> None:
    examined({**TEXTS, one: TEXTS[other]})


@given(
    st.sampled_from(FILES), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), st.sampled_from(ODD)), min_size=1, max_size=6)
)
def test_odd_edits(file: str, edits: list[tuple[float, int, str]]) -> None:
    text = TEXTS[file]
    for where, length, new in edits:
        start = int(where * len(text))
        text = text[:start] + new + text[start + length :]
    examined({**TEXTS, file: text})


@given(st.sampled_from(FILES), st.text(max_size=60))
def test_any_text(file: str, text: str) -> None:
    examined({**TEXTS, file: text})


@given(
    st.dictionaries(
        st.sampled_from([*FILES, "roster.csv", "indicators/x.toml", "factors/x.csv"]), st.binary(max_size=40), max_size=4
    )
)
def test_any_bytes(contents: dict[str, bytes]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as name:
        folder = Path(name)
        for file in FILES:
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(TEXTS[file], encoding="utf-8")
        for file, content in contents.items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_bytes(content)
        outcome = open_folder(folder)
        for issue in (*outcome.issues, *check(outcome.result)):
            assert issue.at is not None
            assert table_of(issue.at.file) is not None
            assert format_issue(issue)
