"""How do the live sources stand, as lines of text?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shiftledger.core.period import DAY, HOUR, MINUTE, SECOND
from shiftledger.render.amounts import local
from shiftledger.render.messages import Lang, say
from shiftledger.render.text import wrap

if TYPE_CHECKING:
    from shiftledger.readings.batch import LoadReport
    from shiftledger.readings.listening import Heard

WIDTH = 80


def heard_lines(heard: Sequence[Heard], now: int, lang: Lang) -> list[str]:
    """One line a source, or two where it does not fit: its state, what it told, the age of its newest reading. `now`: UTC us."""
    lines: list[str] = []
    for one in heard:
        parts = [say(f"listen.state.{one.state}", lang)]
        parts.append(say("listen.counts", lang, messages=one.messages, readings=one.readings, refused=one.refused))
        parts.append(_newest(one, now, lang))
        if one.waiting:
            parts.append(say("listen.waiting", lang, count=one.waiting))
        text = f"{one.source}: " + ("；" if lang == "zh" else "; ").join(parts)
        lines += wrap(text, WIDTH, "", "  ")
    return lines


def _newest(one: Heard, now: int, lang: Lang) -> str:
    if one.newest is None:
        return say("listen.nothing", lang)
    return say("listen.newest" if one.newest <= now else "listen.ahead", lang, age=age_text(abs(now - one.newest)))


def age_text(us: int) -> str:
    """A time span in one or two units: 4s, 3min, 2h05min, 9d.

    >>> age_text(3_725_000_000), age_text(4_200_000)
    ('1h02min', '4s')
    """
    if us < MINUTE:
        return f"{us // SECOND}s"
    if us < HOUR:
        return f"{us // MINUTE}min"
    if us < 2 * DAY:
        return f"{us // HOUR}h{us % HOUR // MINUTE:02d}min"
    return f"{us // DAY}d"


def folded_text(reports: Sequence[LoadReport], at: int, zone: str, lang: Lang) -> str:
    """One line for a fold."""
    appended, refused = sum(report.appended for report in reports), sum(report.quarantined for report in reports)
    return say("listen.fold", lang, time=local(at, zone, "%H:%M:%S"), appended=appended, refused=refused)
