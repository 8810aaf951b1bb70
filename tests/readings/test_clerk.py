"""R3, R4: files as historians, control systems and spreadsheets really export them: tried, loaded by the guess, nothing silently wrong."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as w

HOURS = range(24)
HEAD = "Time,FT-ORE\n"
DAY = [f"2026-04-03 {hour:02d}:00,{hour}.5\n" for hour in HOURS]
WIDE_DIGITS = str.maketrans("0123456789.", "０１２３４５６７８９．")


def cells(form: Callable[[int], str]) -> str:
    return HEAD + "".join(f"2026-04-03 {hour:02d}:00,{form(hour)}\n" for hour in HOURS)


# name -> (file, readings that are loaded, (line, code, words of the message) of what is refused first)
FILES: dict[str, tuple[bytes, int, tuple[int, str, str] | None]] = {
    "a header that comes again": ((HEAD + "".join(DAY[:12]) + HEAD + "".join(DAY[12:])).encode(), 24, (14, "R021", 'time "Time"')),
    "totals and a footer": ((HEAD + "".join(DAY) + "Total,288\nAverage,12\n\nPrinted by the control system,\n").encode(), 24, (26, "R021", '"Total"')),
    "a mark of byte order in the middle": ((HEAD + "".join(DAY[:9]) + "\ufeff" + "".join(DAY[9:])).encode("utf-8-sig"), 23, (11, "R021", "")),
    "ends of lines of an old Mac": ((HEAD + "".join(DAY)).replace("\n", "\r").encode(), 24, None),
    "Chinese Excel": (("时间,FT-ORE,备注\n" + "".join(row.replace("\n", ",正常运行\n") for row in DAY)).encode("gb18030"), 24, None),
    "morning and afternoon": (
        (HEAD + "".join(f"4/13/2026 {h % 12 or 12}:00 {'AM' if h < 12 else 'PM'},{h}.5\n" for h in HOURS)).encode(), 24, None,
    ),
    "short dates": ((HEAD + "".join(f"{13 + h // 12}.4.26 {h % 12}:00,{h}.5\n" for h in HOURS)).encode(), 24, None),
    "minus in parentheses": (cells(lambda h: f"({h}.5)" if h % 5 == 3 else f"{h}.5").encode(), 19, (5, "R022", '"(3.5)"')),
    "per cent": (cells(lambda h: f"{h}.5%").encode(), 0, (2, "R022", '"0.5%"')),
    "digits of full width": (cells(lambda h: f"{h}.5".translate(WIDE_DIGITS)).encode(), 24, None),
    "words of a historian": (cells(lambda h: "I/O Timeout" if h == 5 else f"{h}.5").encode(), 23, (7, "R022", '"I/O Timeout"')),
    "midnight as 24:00": ((HEAD + "".join(f"2026-04-03 {h + 1:02d}:00,{h}.5\n" for h in HOURS)).encode(), 24, None),
}  # fmt: skip


def guessed(base: Path, path: Path) -> sl.LoadView:
    """The file loaded by the block that a dry run printed."""
    tried = sl.load(sl.open(base), [path], dry_run=True)
    (guess,) = tried.guesses
    with (base / "sources.toml").open("a", encoding="utf-8") as text:
        text.write(f"\n{guess.block}")
    return sl.load(sl.open(base), [path], known_at=w.MUCH_LATER)


@pytest.mark.parametrize("kind", FILES)
def test_r4_what_people_export_is_loaded_or_refused_by_line(tmp_path: Path, kind: str) -> None:
    content, loaded, refused = FILES[kind]
    base = w.copy(tmp_path)
    path = base / "export.csv"
    path.write_bytes(content)
    done = guessed(base, path)
    assert sum(report.tags.get("FT-ORE", 0) for report in done.reports) == loaded
    issues = [issue for issue in done.issues if issue.severity != "note"]
    assert (not issues) == (refused is None)
    assert all(issue.at and issue.at.file and issue.remedy for issue in issues)
    if refused:
        first = min((issue for issue in issues if issue.at and issue.at.line), key=lambda issue: issue.at.line if issue.at else 0)
        assert (first.at.line if first.at else 0, first.code, refused[2] in first.message) == (*refused[:2], True)


def ods(path: Path, rows: list[list[str]]) -> None:
    """A workbook of OpenDocument as small as it can be: dates and numbers with their types."""

    def cell(text: str) -> str:
        kind = (
            f'office:value-type="date" office:date-value="{text}"'
            if text[:2] == "20"
            else f'office:value-type="float" office:value="{text}"'
            if text.replace(".", "").isdigit()
            else 'office:value-type="string"'
        )
        return f"<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>"

    space = "urn:oasis:names:tc:opendocument:xmlns"
    names = " ".join(f'xmlns:{name}="{space}:{name}:1.0"' for name in ("office", "table", "text"))
    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names} office:version="1.2"><office:body>'
            f'<office:spreadsheet><table:table table:name="April">{body}</table:table></office:spreadsheet></office:body></office:document-content>',
        )
        kind = 'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"'
        book.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{space}:manifest:1.0"><manifest:file-entry manifest:full-path="/" {kind}/></manifest:manifest>',
        )


def test_r3_a_workbook_of_opendocument_is_guessed_and_loads(tmp_path: Path) -> None:
    base = w.copy(tmp_path)
    path = base / "april.ods"
    ods(path, [["Time", "FT-ORE"], *([f"2026-04-03T{hour:02d}:00:00", f"{hour}.5"] for hour in HOURS)])
    done = guessed(base, path)
    assert [(report.rows, report.appended, dict(report.tags)) for report in done.reports] == [(24, 24, {"FT-ORE": 24})]
