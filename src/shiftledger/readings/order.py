"""In which order do rows stand? A stable order by several keys, quick where rows come nearly in order, as they do from files (I5).

The result is `np.lexsort`'s to the last row; only the way differs: what is in order already is not sorted, small keys are
counted instead of compared, and the last keys are looked at only for rows that the first ones leave equal.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Keys: TypeAlias = tuple[npt.NDArray[Any], ...]  # integers, the most significant first


def order_of(first: Keys, last: Keys = ()) -> npt.NDArray[np.int64]:
    """The rows in order of the `first` keys, then of the `last` ones, then as they came: like np.lexsort((*last, *first)[::-1])."""
    order = np.arange(len(first[0]))
    unsorted = next(
        (n for n in range(len(first)) if _in_order(first[n:])), len(first)
    )  # rows of one tag often are in order of time
    for key in reversed(first[:unsorted]):
        order = _by(key, order)
    if not last:
        return order
    same = np.logical_and.reduce([key[order][1:] == key[order][:-1] for key in first]) if len(order) else np.empty(0, np.bool_)
    if same.any():
        tied = np.zeros(len(order), np.bool_)
        tied[1:] |= same
        tied[:-1] |= same
        rows = order[tied]
        order[tied] = rows[np.lexsort([key[rows] for key in reversed((*first, *last))])]
    return order


def _in_order(keys: Keys) -> bool:
    """True if the rows stand in this order already."""
    open_pairs = np.ones(max(len(keys[0]) - 1, 0), np.bool_)  # neighbours that the keys so far leave equal
    for key in keys:
        if (open_pairs & (key[1:] < key[:-1])).any():
            return False
        open_pairs &= key[1:] == key[:-1]
        if not open_pairs.any():
            return True
    return True


def _by(key: npt.NDArray[Any], order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """`order` brought into order of one key; equal rows keep their places."""
    here = key[order]
    if (here[1:] >= here[:-1]).all():
        return order
    low = here.min()
    if int(here.max()) - int(low) < 1 << 16:
        here = (here - low).astype(np.uint16)  # sorted by counting
    return order[np.argsort(here, kind="stable")]
