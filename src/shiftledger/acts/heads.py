"""Where the chains of acts and seals end, noted beside the SQL store: so a link cut off at the end is missed, too (L7).

A chain shows every link that was changed or taken out of its middle; its last link can only be missed by somebody who knows that
it was there. The note follows the commit: a crash between the two leaves an older end, which is no less true.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Literal

from shiftledger.acts.state import State

Chain = Literal["acts", "seals"]


def note_head(state: State, chain: Chain, seq: int, link: str) -> None:
    """Note the newest link of a chain, whole or not at all. A witness, no input: where it cannot be written the act still stands."""
    target = state.folder / f"{chain}.head"
    fresh = target.with_name(f"{target.name}.{os.getpid()}.new")
    with suppress(OSError):
        with fresh.open("w", encoding="ascii") as file:
            json.dump({"seq": seq, "hash": link}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)


def noted_head(state: State, chain: Chain) -> tuple[int, str] | None:
    """(seq, hash) of the last link that was noted; None if none was. A damaged note is (-1, ""), which no chain holds."""
    try:
        noted = json.loads((state.folder / f"{chain}.head").read_text("ascii"))
        return int(noted["seq"]), str(noted["hash"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        return -1, ""
