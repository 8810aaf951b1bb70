"""Uncertainty as a sparse vector {error source: signed contribution} (Q6).

A sum adds vectors, so what two figures share cancels or adds up as it should; the standard uncertainty is the norm. Sources are text:
`calibration:<tag>:<period>` persists, `white:<tag>:<shift>` averages out, `boundary:<stock>:<instant>` cancels between shifts,
`assay:<tag>:<sample>`, `gap:<tag>:<shift>`, `price:<material>`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

ErrorVector = Mapping[str, float]


def combine(parts: Iterable[tuple[float, ErrorVector]]) -> dict[str, float]:
    """The vector of `sum of factor x quantity`; sources in sorted order, zero contributions kept out. # Q6"""
    terms: dict[str, list[float]] = {}
    for factor, vector in parts:
        for source, contribution in vector.items():
            terms.setdefault(source, []).append(factor * contribution)
    totals = {source: math.fsum(terms[source]) for source in sorted(terms)}
    return {source: total for source, total in totals.items() if total != 0.0}


def standard_uncertainty(vector: ErrorVector) -> float:
    """The norm of an error vector: one standard uncertainty, in the unit of the quantity. # Q6"""
    return math.sqrt(math.fsum(vector[source] ** 2 for source in sorted(vector)))
