"""Shiftledger: the value ledger of a process plant.

The public verbs live in `shiftledger.api` and are loaded on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"
__all__ = [
    *(
        "PlantError",
        "act",
        "check",
        "close",
        "decided",
        "diff",
        "drop",
        "enter",
        "explain",
        "export_plant",
        "import_plant",
        "kinds",
        "labour",
        "listen",
        "load",
        "missing",
        "new",
        "now",
    ),
    *("open", "quarantine", "readmit", "rollup", "statement", "verify", "whatif"),
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from shiftledger import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
