"""The verb that makes a plant with known truth: for learning the program, and for grading it."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shiftledger.cli.output import FINE, Progress, Usage, emit, emit_json, watched

if TYPE_CHECKING:
    from shiftledger.simulate import Settings, Stories, Written

KINDS = ("refinery",)
SAMPLINGS = {"1h": 3600, "1min": 60, "1s": 1}


def simulate(
    kind: Annotated[str, typer.Argument(metavar="refinery", help="What to simulate: an alumina refinery.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="New folder, for refinery/ and truth/.")],
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed is another refinery.")] = 1,
    days: Annotated[int, typer.Option("--days", metavar="N", help="Production days after the base period.")] = 182,
    base_days: Annotated[int, typer.Option("--base-days", metavar="N", help="Days before them, without stories.")] = 120,
    sampling: Annotated[
        str, typer.Option("--sampling", metavar="1h|1min|1s", help="How often tags are kept; 1s: 3 days.")
    ] = "1h",
    first_day: Annotated[str, typer.Option("--first-day", metavar="DAY", help="Day after the base period.")] = "2026-03-01",
    crews: Annotated[int, typer.Option("--crews", metavar="N", help="From 20; beyond them, areas of a simple kind.")] = 20,
    people: Annotated[int | None, typer.Option("--people", metavar="N", help="Members in all; 12 a crew by default.")] = None,
    story: Annotated[
        list[str] | None, typer.Option("--story", metavar="NAME=SIZE", help="Size of a story; again for each. 0 leaves it out.")
    ] = None,
    no_stories: Annotated[bool, typer.Option("--no-stories", help="Chance alone: no bias, no games, no project.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> int:
    """Write a plant, its readings and, beside them, the truth that no plant knows."""
    from shiftledger.simulate import Settings, simulate

    if kind not in KINDS:
        raise Usage(f"{kind!r} cannot be simulated; choose {', '.join(KINDS)}")
    if sampling not in SAMPLINGS:
        raise Usage(f"--sampling {sampling!r}: choose one of {', '.join(SAMPLINGS)}")
    try:
        stories = _stories(story or [], no_stories)
        settings = Settings(seed, days, base_days, _day(first_day), stories=stories, crews=crews, people=people)
        with watched("simulate") as progress:
            written = simulate(settings, out, SAMPLINGS[sampling], progress)
    except ValueError as error:
        raise Usage(str(error)) from None
    except OSError as error:
        raise Usage(f"--out {out}: {error.strerror or error}") from None
    emit_json(_form(settings, written)) if json else emit(_told(settings, written))
    return FINE


def write_refinery(seed: int, days: int, out: Path, progress: Progress | None) -> Written:
    """A refinery by the hour without a base period, as a demonstration needs it. ValueError for what cannot be simulated."""
    from shiftledger.simulate import Settings, simulate

    return simulate(Settings(seed, days, 0), out, progress=progress)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--first-day {text!r}: write a day like 2026-03-01") from None


def _stories(given: list[str], none: bool) -> Stories:
    """Sizes by name; flags and days as numbers, 0 for none."""
    from shiftledger.simulate import NO_STORIES, Stories

    stories = NO_STORIES if none else Stories()
    known = {field.name: getattr(Stories(), field.name) for field in fields(Stories)}
    for text in given:
        name, sign, size = text.partition("=")
        if not sign or name not in known or not re.fullmatch(r"-?\d+(\.\d+)?", size):
            raise ValueError(f"--story {text!r}: write NAME=NUMBER; names are {', '.join(known)}")
        value: Any = float(size)
        if isinstance(known[name], bool):
            value = bool(value)
        elif name.endswith(("_day", "_hours")):
            value = int(value) or None if name == "project_day" else int(value)
        stories = replace(stories, **{name: value})
    return stories


def _form(settings: Settings, written: Written) -> dict[str, Any]:
    return {
        "version": 1,
        "ok": True,
        "seed": settings.seed,
        "plant": str(written.plant),
        "truth": str(written.truth),
        "files": [str(path) for path in written.files],
        "readings": written.readings,
    }


def _told(settings: Settings, written: Written) -> str:
    plant = written.plant
    return "\n".join(
        [
            f"A refinery of {settings.crews} crews, {settings.base_days + settings.days} days, {written.readings:,} readings:",
            f"  {plant}",
            f"What really happened, for whoever grades the figures: {written.truth}",
            "Next:",
            f"  shiftledger check {plant}",
            f"  shiftledger load {plant} {plant}/readings/*",
            f"  shiftledger close {plant}",
        ]
    )
