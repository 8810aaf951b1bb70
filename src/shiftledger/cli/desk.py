"""The desk on the command line: loading, entering by hand, deciding about refused rows."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from shiftledger.cli.face import AsJson, PlantFolder, State, open_plant, show
from shiftledger.cli.output import Usage, emit, emit_issues, report_lang, watched

Who = Annotated[str, typer.Option("--who", metavar="TEXT", help='Who does it, such as "shift clerk, post 3".')]
TRIES = 3  # wrong answers to one question


def load(
    context: typer.Context,
    plant: PlantFolder,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILES...", help="Files of readings, as sources.toml describes them.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="ID", help="A source with format = sql, instead of files.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="ISO", help="For a query that names :since; local time or with offset.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="ISO", help="For a query that names :until (not included).")
    ] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", metavar="ISO", help="When the rows became known; now by default.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would happen.")] = False,
    state: State = None,
    json: AsJson = False,
) -> int:
    """Append readings from files or a database. Loading twice changes nothing."""
    from shiftledger import api
    from shiftledger.render.closing import load_text
    from shiftledger.render.desk import previews_text

    if source is None and (since or until):
        raise Usage("--since and --until go with --source")
    opened = open_plant(context, plant, state)
    if not files and source is None and not api.waits(opened):
        raise Usage("give FILES..., or --source ID")
    how: dict[str, Any] = {"source": source, "since": since, "until": until, "known_at": known_at, "dry_run": dry_run}
    with watched("load") as progress:
        view = api.load(opened, files or (), **how, progress=progress)
    if dry_run:
        return show(view, json, lambda: previews_text(view, report_lang()))
    return show(view, json, lambda: load_text(view.reports, report_lang(), ok=view.ok, zone=view.zone))


def enter(
    context: typer.Context,
    plant: PlantFolder,
    shift: Annotated[str, typer.Option("--shift", metavar="SHIFT", help="Such as 2026-03-31.E: day, dot, slot.")],
    who: Who,
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="TAG=VALUE...", help="What was read; without any, you are asked for what is missing."),
    ] = None,
    quality: Annotated[str, typer.Option("--quality", metavar="WORD", help="good, uncertain or bad.")] = "good",
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="A remark, kept with the entry.")] = "",
    area: Annotated[
        str | None, typer.Option("--area", metavar="AREA", help="Whose shift, where areas have it at different times.")
    ] = None,
    state: State = None,
    json: AsJson = False,
) -> int:
    """Enter readings of a shift by hand. Entering again corrects: the later entry counts."""
    from shiftledger import api
    from shiftledger.render.desk import entry_text, missing_text

    opened = open_plant(context, plant, state)
    if values:
        given = dict(_pair(text) for text in values)
        if len(given) < len(values):
            raise Usage("a tag was given twice")
    else:
        lacking = api.missing(opened, shift, area)
        if json or not lacking.ok or not lacking.asked:
            return show(lacking, json, lambda: missing_text(lacking, report_lang()))
        given = _asked(opened, lacking, quality, area)
        if not given:
            emit(missing_text(lacking, report_lang()))
            return 0
    view = api.enter(opened, shift, given, who, quality=quality, note=note, area=area)
    zone = opened.plant.settings.timezone
    return show(view, json, lambda: entry_text(view, zone, report_lang()))


def quarantine(
    context: typer.Context,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="list, readmit or drop.")],
    plant: PlantFolder,
    rows: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Rows, by the ids of the list.")] = None,
    file: Annotated[str | None, typer.Option("--file", metavar="NAME", help="Only the open rows of this file.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="list: also rows that were decided.")] = False,
    who: Annotated[str, typer.Option("--who", metavar="TEXT", help="readmit, drop: who decides.")] = "",
    role: Annotated[str, typer.Option("--role", metavar="TEXT", help="readmit, drop: in which role.")] = "",
    value: Annotated[
        str | None, typer.Option("--value", metavar="X", help="readmit: the value that one row should have said.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, in words.")] = "",
    evidence: Annotated[str, typer.Option("--evidence", help="What it rests on, such as a document number.")] = "",
    state: State = None,
    json: AsJson = False,
) -> int:
    """Show the rows that were refused, and decide about them: read again, or rightly refused."""
    from shiftledger import api
    from shiftledger.render.desk import decided_text, quarantine_text

    if action not in ("list", "readmit", "drop"):
        raise Usage(f"{action!r}: choose list, readmit or drop")
    if action == "list" and (rows or value is not None):
        raise Usage("list takes --file and --all only")
    if action != "list" and bool(rows) == (file is not None):
        raise Usage("name the rows by their ID, or give --file for all open rows of a file")
    if action == "drop" and value is not None:
        raise Usage("--value goes with readmit")
    opened = open_plant(context, plant, state, strict=False)
    if action == "list":
        seen = api.quarantine(opened, file=file, everything=everything)
        return show(seen, json, lambda: quarantine_text(seen, report_lang(), opened.plant.settings.zone))
    decide = partial(api.readmit, value=value) if action == "readmit" else api.drop
    view = decide(opened, rows or (), who, role, file=file, reason=reason, evidence=evidence)
    return show(view, json, lambda: decided_text(view, report_lang()))


def _pair(text: str) -> tuple[str, str]:
    tag, equals, value = text.partition("=")
    if not equals or not tag.strip():
        raise Usage(f"{text!r}: write TAG=VALUE")
    return tag.strip(), value


def _asked(opened: Any, lacking: Any, quality: str, area: str | None) -> dict[str, str]:
    """What a person answers, tag by tag; an empty line skips, a wrong one is told and asked again."""
    from shiftledger.core.issue import Issue
    from shiftledger.readings.entry import reading_of, shift_meant
    from shiftledger.render.desk import question_text

    shift = shift_meant(opened.plant, lacking.shift, area).result
    given: dict[str, str] = {}
    emit(question_text(None, opened.plant.settings.timezone, report_lang()), error=True)
    for one in lacking.asked:
        for _ in range(TRIES):
            sys.stderr.write(question_text(one, opened.plant.settings.timezone, report_lang()))
            sys.stderr.flush()
            line = sys.stdin.readline()
            if not line:  # nobody answers any more
                return given
            text = line.strip()
            wrong = reading_of(opened.plant, shift, one.tag, text, quality) if text and shift else None
            if not isinstance(wrong, Issue):
                if text:
                    given[one.tag] = text
                break
            emit_issues([wrong])
    return given
