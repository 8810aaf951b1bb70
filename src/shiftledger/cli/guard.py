"""From a verb to an exit code: users' mistakes are issues, the program's own mistakes one honest line, never a traceback."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import ParamSpec

import typer

from shiftledger.cli.output import ERRORS, FINE, USAGE, Usage, emit, emit_issues, emit_json, hush

TRACEBACK_VARIABLE = "SHIFTLEDGER_TRACEBACK"
REPORT = (
    "Please report it with this line, the command you gave and the version ({version}); "
    f"{TRACEBACK_VARIABLE}=1 shows where it happened."
)
P = ParamSpec("P")


def guarded(verb: Callable[P, int]) -> Callable[P, None]:
    """A verb that returns its exit code, as a command that never ends in a traceback."""

    @functools.wraps(verb)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = verb(*args, **kwargs)
            sys.stdout.flush()
        except (typer.Exit, typer.Abort, typer.BadParameter, KeyboardInterrupt):
            raise
        except Usage as error:
            emit(f"Error: {error}", error=True)
            code = USAGE
        except BrokenPipeError:
            hush()
            code = FINE
        except Exception as error:
            if os.environ.get(TRACEBACK_VARIABLE) == "1":
                raise
            code = _refused(error, as_json=bool(kwargs.get("json")))
        raise typer.Exit(code)

    return command


def _refused(error: Exception, *, as_json: bool) -> int:
    """A plant that cannot be used is the user's to mend and says how; everything else is ours."""
    from shiftledger.api import PlantError

    if isinstance(error, PlantError):
        if as_json:
            from shiftledger.render.issues import issues_json

            emit_json({"version": 1, "ok": False, "issues": issues_json(error.issues)["issues"]})
        else:
            emit_issues(error.issues)
        return ERRORS
    from shiftledger import __version__

    what = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    emit(f"This is a mistake of the program, not yours: {what}", error=True)
    emit(REPORT.format(version=__version__), error=True)
    return ERRORS
