"""What did an export write, and what does an import change? A line each, with the cell of the workbook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shiftledger.render.messages import Lang, say
from shiftledger.render.text import WIDTH, wrap

if TYPE_CHECKING:
    from shiftledger.readings.sources.plant_changes import CellChange, FileChange
    from shiftledger.render.views import ExportView, ImportView

EACH = 40  # changes of a file that are told
LONGEST = 40  # characters of a value


def export_text(view: ExportView, lang: Lang) -> str:
    """The workbook, and what comes next."""
    if not view.book:
        return ""
    lines = wrap(say("book.exported", lang, book=view.book, files=len(view.files), rows=view.rows))
    return "\n".join([*lines, *wrap(say("book.next", lang, book=view.book, folder=view.folder))])


def import_text(view: ImportView, lang: Lang) -> str:
    """File by file what changes; that nothing does."""
    lines = wrap(say("book.finished", lang, files=", ".join(view.finished))) if view.finished else []
    if not view.folder:
        return "\n".join(lines)
    if not view.changes:
        return "\n".join([*lines, *wrap(say("book.none", lang, folder=view.folder))])
    lines += wrap(say("book.would" if view.dry_run else "book.did", lang, folder=view.folder))
    for change in view.changes:
        lines += _file_lines(change, lang) if change.how != "same" else ()
    same = sum(change.how == "same" for change in view.changes)
    if same:
        lines.append(f"  {say('book.file.same', lang, count=same)}")
    return "\n".join(lines)


def _file_lines(change: FileChange, lang: Lang) -> Iterator[str]:
    if change.how == "new":
        head = say("book.file.new", lang, file=change.file, count=change.rows)
    else:
        head = say("book.file.changed", lang, file=change.file, count=len(change.cells))
    yield from wrap(head, WIDTH, "  ", "    ")
    for cell in change.cells[:EACH]:
        yield from wrap(_cell_line(cell, lang), WIDTH, "    ", "      ")
    if len(change.cells) > EACH:
        yield f"    {say('book.more', lang, count=len(change.cells) - EACH)}"


def _cell_line(cell: CellChange, lang: Lang) -> str:
    if cell.field:
        before, after = (_short(text) or say("book.nothing", lang) for text in (cell.before, cell.after))
        return say("book.cell", lang, row=cell.row, field=cell.field, before=before, after=after, place=cell.place)
    return say("book.row.new" if cell.after else "book.row.gone", lang, row=cell.row, place=cell.place)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
