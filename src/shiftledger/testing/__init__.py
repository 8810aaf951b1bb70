"""Checks for packages that read further formats of readings: subclass `SourceContract` and run it with any test runner.

    from shiftledger.testing import SourceContract

    class TestJsonLines(SourceContract):
        format = "jsonl"

        def write(self, path, table):
            ...

Nothing here needs pytest. `docs/howto/own-source.md` builds a source and checks it.
"""

from shiftledger.testing.bench import Cell, Table
from shiftledger.testing.sources import SourceContract
from shiftledger.testing.streams import Peer, StreamContract

__all__ = ["Cell", "Peer", "SourceContract", "StreamContract", "Table"]
