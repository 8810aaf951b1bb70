"""What was told live, for tests: a source, readings, and write-ahead files that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from readings.small import LONG, at
from shiftledger.acts.state import State
from shiftledger.core.period import MINUTE
from shiftledger.readings import wal
from shiftledger.readings.batch import GOOD, UNDECLARED
from shiftledger.readings.lake import read, stream_version
from shiftledger.readings.quality import resolve
from shiftledger.readings.sources.live import LIVE, Message, Told, sound

SIX = at("2026-03-04 06:00")
PUSHED = replace(LONG, id="pushed", match="", format="http")
FOREVER = 1 << 60


def told(tag: str, minute: float, value: float | str, *, quality: int = GOOD, revision: int = UNDECLARED) -> Told:
    """A reading of some minute after six."""
    number = None if isinstance(value, str) else value
    text = value if isinstance(value, str) else repr(value)
    return Told(tag, SIX + round(minute * MINUTE), number, text, quality, revision, "http:a#1")


def keep(state: State, *messages: Sequence[Told], source: str = "pushed", arrived: int = SIX + 10 * MINUTE) -> wal.Writer:
    """Messages as their receiver keeps them, a record each, a second apart."""
    writer = wal.Writer(state.folder / wal.FOLDER / source, stream_version(state, f"{LIVE}{source}"))
    for i, message in enumerate(messages):
        kept = sound(Message(tuple(message)))
        writer.append(kept.told, kept.refused, arrived + i * 1_000_000)
    return writer


def known(state: State, tags: Iterable[str] = ("FT-1", "BAND", "KWH-1", "LT-1")) -> dict[str, list[tuple[float, str, int]]]:
    """tag -> (minute after six, value, quality) of what the lake says; a value as text, so that NaN equals itself."""
    series = resolve(read(state, list(tags), -FOREVER, FOREVER, FOREVER))
    return {tag: seen(one) for tag, one in series.items() if len(one)}


def seen(series: object) -> list[tuple[float, str, int]]:
    ts, value, quality = (getattr(series, name).tolist() for name in ("ts", "value", "quality"))
    return [((t - SIX) / MINUTE, repr(v), q) for t, v, q in zip(ts, value, quality, strict=True)]


def stored(state: State) -> int:
    """Rows in the lake, each time that one was appended."""
    return len(read(state, ["FT-1", "BAND", "KWH-1", "LT-1"], -FOREVER, FOREVER, FOREVER))
