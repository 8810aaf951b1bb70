"""Which names can a file of a plant have, whoever says so: a workbook, a record, a plan?"""

from __future__ import annotations

import re

from shiftledger.plant.schema import table_of


def is_plant_file(file: str) -> bool:
    """True for a name that a file of a plant can have anywhere: of a table, and without what a system takes for a path or a sign."""
    return bool(re.fullmatch(r"([a-z]+/)?\w[\w .+()-]*\.(csv|toml)", file)) and table_of(file) is not None
