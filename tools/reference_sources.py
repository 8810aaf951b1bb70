"""The page docs/reference/sources.md: what a package of one's own imports to read a format of its own, from the program itself."""

from __future__ import annotations

import inspect
import re
from typing import Any

from shiftledger.readings.sources.formats import SOURCES, Source, sheet_of
from shiftledger.readings.sources.live import STREAMS, Message, NotKept, Refused, Stream, Told
from shiftledger.readings.sources.sheets import Columns, Sheet
from shiftledger.testing import SourceContract, StreamContract

LEAD = """\
What a package imports that reads a format of its own; [a how-to](../howto/own-source.md) builds one. A source is a function that opens a
file as a `Sheet`. An entry point of the group `shiftledger.sources` offers it under the name of its format."""
CONTRACT = """\
A class of checks, in `shiftledger.testing`; it needs no pytest. Subclass it, name the format, write a table in it, and run every method
that begins with `test_`. Those that ship keep it too: {shipped}."""

STREAMS_LEAD = """\
A source that is listened to is an asynchronous function; an entry point of the group `shiftledger.streams` offers it under the name of its
format. Those that ship are {shipped}. `shiftledger.testing.StreamContract`, a class like the one above, checks one; `http` keeps it too."""


def sources_page(generated: str) -> str:
    """The protocol, the types, and the checks of the contract in the order of the source."""
    shipped = ", ".join(f"`{name}`" for name, _ in SOURCES)
    parts = [generated, "# Sources of readings", LEAD, "## In `shiftledger.readings.sources.formats`"]
    parts += [_signed("Source.__call__", Source.__call__), _doc(Source), _signed("sheet_of", sheet_of), _doc(sheet_of)]
    parts += ["## In `shiftledger.readings.sources.sheets`"]
    for kind in (Sheet, Columns):
        parts += [f"`{kind.__name__}`: {_doc(kind)}"]
    parts += ["## SourceContract", CONTRACT.format(shipped=shipped), _doc(SourceContract)]
    attributes = [(name, repr(getattr(SourceContract, name))) for name in SourceContract.__annotations__]
    parts += ["\n".join(f"- `{name}`, by default `{value}`" for name, value in attributes)]
    methods = [(name, method) for name, method in vars(SourceContract).items() if inspect.isfunction(method)]
    parts += [f"- `{name}`: {_doc(method)}" for name, method in methods if method.__doc__]
    checks = [name for name, _ in methods if name.startswith("test_")]
    parts += ["The checks:", "\n".join(f"- {_words(name)}" for name in checks), *_streams()]
    return "\n\n".join(parts) + "\n"


def _streams() -> list[str]:
    """What a package imports that listens to a protocol of its own."""
    shipped = ", ".join(f"`{name}`" for name, _ in STREAMS)
    checks = [name for name, method in vars(StreamContract).items() if inspect.isfunction(method) and name.startswith("test_")]
    kinds = [f"`{kind.__name__}`: {_doc(kind)}" for kind in (Stream, Told, Refused, Message, NotKept)]
    parts = ["## Streams: in `shiftledger.readings.sources.live`", STREAMS_LEAD.format(shipped=shipped), *kinds]
    return [*parts, "## StreamContract", _doc(StreamContract), "\n".join(f"- {_words(name)}" for name in checks)]


def _signed(name: str, what: Any) -> str:
    signature = str(inspect.signature(what)).replace("self, ", "").replace("'", "")
    return f"```text\n{name.removesuffix('.__call__')}{signature}\n```"


def _doc(what: Any) -> str:
    text = inspect.cleandoc(what.__doc__ or "").partition("\n\n>>>")[0]
    return re.sub(r" # ([A-Z]\d+)", r" (\1)", text)


def _words(name: str) -> str:
    """test_r4_a_row_is_kept: 'a row is kept (R4)'."""
    clause, text = re.fullmatch(r"test_(?:([a-z]\d)_)?(.*)", name).groups()  # type: ignore[union-attr]
    return text.replace("_", " ") + (f" ({clause.upper()})" if clause else "")
