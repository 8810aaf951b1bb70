"""What leaves the program: results on standard output, issues on standard error, progress only for a person who watches.

A terminal without UTF-8 gets look-alikes for signs and "?" for what it lacks, in the same columns; a reader who goes away ends the output.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from shiftledger.core.issue import Issue

FINE, ERRORS, USAGE = 0, 1, 2
LANG_VARIABLE = "SHIFTLEDGER_LANG"
LANG_CHOICES = ("zh", "en", "both")
Progress = Callable[[str, int, int], None]

# Look-alikes of the same width: a lost minus would turn a loss into a gain.
_ALIKE = str.maketrans({"−": "-", "—": "-", "–": "-", "…": "~", "→": ">", "←": "<", "×": "x", "·": "|", "±": "~"})
_UNITS = str.maketrans({"²": "2", "³": "3", "µ": "u", "°": "o"})


class Usage(Exception):
    """Wrong usage that the command line's own checks cannot see; exit code 2."""


def emit(text: str, *, error: bool = False) -> None:
    """Print a line or more, whatever the terminal can show."""
    stream = sys.stderr if error else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(printable(text, encoding) + "\n")


def printable(text: str, encoding: str) -> str:
    """`text` with what `encoding` lacks replaced by look-alikes, or by "?" of the same width.

    >>> printable("−5 t 磨矿", "ascii")
    '-5 t ????'
    """
    try:
        text.encode(encoding)
        return text
    except (UnicodeEncodeError, LookupError):
        return "".join(_shown(character, encoding) for character in text)


def _shown(character: str, encoding: str) -> str:
    for candidate in (character, character.translate(_ALIKE), character.translate(_UNITS)):
        try:
            candidate.encode(encoding)
            return candidate
        except (UnicodeEncodeError, LookupError):
            continue
    from shiftledger.render.text import width

    return "?" * width(character)


def emit_json(form: dict[str, Any]) -> None:
    """A result as JSON, in ASCII escapes where the stream is not UTF-8."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    emit(json.dumps(form, ensure_ascii=encoding != "utf8", indent=2))


def emit_issues(issues: Iterable[Issue]) -> None:
    """Issues on standard error, formatted."""
    found = list(issues)
    if found:
        from shiftledger.render.closing import issues_text

        sys.stdout.flush()
        emit(issues_text(found, report_lang()), error=True)


def outcome(issues: Iterable[Issue]) -> int:
    """The exit code that issues ask for."""
    return ERRORS if any(issue.severity in ("error", "disqualified") for issue in issues) else FINE


def chosen_lang(option: str | None) -> str:
    """The language of a statement: the option, else the environment, else Chinese. Usage if it is none of the choices."""
    lang = option or os.environ.get(LANG_VARIABLE) or "zh"
    if lang not in LANG_CHOICES:
        where = "--lang" if option else LANG_VARIABLE
        raise Usage(f"{where} {lang!r}: choose one of {', '.join(LANG_CHOICES)}")
    return lang


def report_lang() -> Any:
    """The language of short reports: Chinese if the environment asks for it, else English like the issues and the help."""
    return "zh" if os.environ.get(LANG_VARIABLE) == "zh" else "en"


@contextlib.contextmanager
def watched(title: str) -> Iterator[Progress | None]:
    """A progress bar on standard error while somebody watches; None where it is not a terminal."""
    if not _is_terminal(sys.stderr):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True, markup=False), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def step(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"{title} {what}", completed=done, total=max(done, total))

        yield step


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def hush() -> None:
    """Nobody reads any more: what is still buffered goes nowhere, so that the interpreter ends in silence."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
