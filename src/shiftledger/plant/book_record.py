"""What an exported workbook remembers: every file byte for byte, as lines of text that a hidden sheet can hold."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence

from shiftledger.plant.file_names import is_plant_file
from shiftledger.plant.source import LARGEST

MARK = "shiftledger plant export 1"
PIECE = 30_000  # characters in a cell


def record_of(files: Mapping[str, bytes]) -> list[list[str]]:
    """Rows of cells: the mark; then for each file its name, its SHA-256 and its content, packed."""
    return [[MARK], *([name, hashlib.sha256(content).hexdigest(), *_packed(content)] for name, content in sorted(files.items()))]


def _packed(content: bytes) -> list[str]:
    text = base64.b64encode(zlib.compress(content, 9)).decode()
    return [text[n : n + PIECE] for n in range(0, len(text), PIECE)]


def files_of(rows: Iterable[Sequence[str]]) -> dict[str, bytes] | None:
    """The files of a record; None if it was touched."""
    files: dict[str, bytes] = {}
    for name, digest, *pieces in rows:
        try:
            unpack = zlib.decompressobj()
            content = unpack.decompress(base64.b64decode("".join(pieces), validate=True), LARGEST + 1)
        except (ValueError, zlib.error):
            return None
        if hashlib.sha256(content).hexdigest() != digest or not is_plant_file(name) or name in files:
            return None
        files[name] = content
    return files
