"""How many generated plants a property looks at: few in everyday runs (each is rich), more under the `ci` profile."""

from __future__ import annotations

from hypothesis import settings

EXAMPLES = 12 if settings().max_examples <= 50 else 15  # the profiles of conftest.py
ON_DISK = max(3, EXAMPLES // 4)
