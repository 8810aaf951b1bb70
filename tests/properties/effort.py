"""How many generated plants a property looks at: few in everyday runs (each is rich), more under the `ci` profile, many in a sweep."""

from __future__ import annotations

from hypothesis import seed, settings

EXAMPLES = {50: 12, 100: 15, 500: 60}[settings().max_examples]  # the profiles of conftest.py
ON_DISK = max(3, EXAMPLES // 4)
SAME = seed(1)
"""Laws with the same knobs look at the same plants, so that `closed` closes each plant once for all of them."""
