"""Listening to live sources on the command line."""

from __future__ import annotations

import json as json_module
import sys
import time
from typing import Annotated, Any

import typer

from shiftledger.cli.face import AsJson, PlantFolder, State, open_plant
from shiftledger.cli.output import Usage, emit, emit_issues, outcome, report_lang

EVERY = 10.0  # seconds between two looks at the sources


def listen(
    context: typer.Context,
    plant: PlantFolder,
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE...]", help="Live sources; all by default.")] = None,
    fold: Annotated[str, typer.Option("--fold", metavar="TIME", help="How often readings come into the lake.")] = "5min",
    for_: Annotated[str | None, typer.Option("--for", metavar="TIME", help="End after this time, such as 30s or 8h.")] = None,
    once: Annotated[bool, typer.Option("--once", help="End when every source was told something.")] = False,
    state: State = None,
    json: AsJson = False,
) -> int:
    """Listen to MQTT, OPC UA and HTTP sources and keep what they tell. Ctrl-C or SIGTERM ends it; nothing is lost."""
    from shiftledger import api
    from shiftledger.readings.listening import Watch

    _seconds("--fold", fold)
    seconds = _seconds("--for", for_) if for_ is not None else None
    opened = open_plant(context, plant, state)
    shown = _Lines() if json else _Screen(opened.plant.settings.zone)
    watch = Watch(seen=shown.seen, said=shown.said, folded=shown.folded)
    view = api.listen(opened, sources or (), fold=fold, seconds=seconds, once=once, watch=watch)
    shown.end(view)
    return outcome(view.issues)


def _seconds(option: str, text: str) -> float:
    from shiftledger.core.period import SECOND, duration

    try:
        span = duration(text) / SECOND
    except ValueError:
        span = 0.0
    if span <= 0:
        raise Usage(f"{option} {text!r}: give a time such as 30s, 5min or 8h")
    return span


def _states(heard: tuple[Any, ...]) -> list[str]:
    return [one.state for one in heard]


class _Screen:
    """A look at the sources when a state changed, or every ten seconds if anything else did; issues as they come; a line for every fold."""

    def __init__(self, zone: str) -> None:
        self.zone, self.at = zone, float("-inf")
        self.shown: tuple[Any, ...] = ()
        self.issues: set[Any] = set()

    def seen(self, heard: tuple[Any, ...]) -> None:
        from shiftledger.render.messages import say

        if self.at == float("-inf"):
            emit(say("listen.begin", report_lang(), count=len(heard)))
        if heard != self.shown and (_states(heard) != _states(self.shown) or time.monotonic() - self.at >= EVERY):
            self._show(heard)

    def _show(self, heard: tuple[Any, ...]) -> None:
        from shiftledger.render.live_text import heard_lines

        emit("\n".join(heard_lines(heard, time.time_ns() // 1000, report_lang())))
        sys.stdout.flush()
        self.shown, self.at = heard, time.monotonic()

    def said(self, issues: tuple[Any, ...]) -> None:
        fresh = [issue for issue in issues if issue not in self.issues]
        if len(self.issues) < 1000:
            self.issues |= set(fresh)
        emit_issues(fresh)

    def folded(self, reports: tuple[Any, ...]) -> None:
        from shiftledger.render.live_text import folded_text

        emit(folded_text(reports, time.time_ns() // 1000, self.zone, report_lang()))
        sys.stdout.flush()

    def end(self, view: Any) -> None:
        if view.heard and view.heard != self.shown:
            self._show(view.heard)
        emit_issues(issue for issue in view.issues if issue not in self.issues)


class _Lines:
    """One JSON object a line: how the sources stand, issues, folds, and at the end the whole view."""

    def __init__(self) -> None:
        self.shown: tuple[Any, ...] = ()
        self.at = float("-inf")

    def seen(self, heard: tuple[Any, ...]) -> None:
        if heard != self.shown and (_states(heard) != _states(self.shown) or time.monotonic() - self.at >= EVERY):
            self._line("heard", heard)
            self.shown, self.at = heard, time.monotonic()

    def said(self, issues: tuple[Any, ...]) -> None:
        from shiftledger.render.issues import issues_json

        self._write({"issues": issues_json(issues)["issues"]})

    def folded(self, reports: tuple[Any, ...]) -> None:
        self._line("reports", reports)

    def end(self, view: Any) -> None:
        self._write(view.to_json())

    def _line(self, name: str, value: Any) -> None:
        from shiftledger.render.json_form import plain

        self._write({name: plain(value)})

    def _write(self, form: dict[str, Any]) -> None:
        emit(json_module.dumps({"at": time.time_ns() // 1000} | form))
        sys.stdout.flush()
