"""Wording of how bills are shared, and of a V that waits for one: key -> (Chinese, English)."""

from __future__ import annotations

from collections.abc import Mapping

BILLS: Mapping[str, tuple[str, str]] = {
    "op.allocated": ("按最大余数法分摊到各班", "shared among the shifts of its period by largest remainder"),
    "op.band_part": ("按各时段内的分摊依据分到时段", "shared among the bands by the driver in each"),
    "op.billed_part": ("账单数 × 所含部分，换算单位", "the bill x the part of the component that it carried"),
    "op.driver_in_band": ("该时段内的分摊依据", "the driver while the band held"),
    "op.paid_driver": ("分摊依据 × 所含部分", "the driver x the part that is paid for"),
    "op.paid_part": ("该时间的化验值", "the assay of that time"),
    "op.billed": ("账单数，换算单位", "as booked, in the material's unit"),
    "lacking": (
        "V 不含所缺部分：缺的是取用则 V 偏高，缺的是交出则 V 偏低",
        "V lacks what is missing: it reads too high where that was taken, too low where it was given",
    ),
    "more-shifts": ("… 另有 {count} 个班（--json 全列）", "... {count} more shifts (--json has all)"),
    "all-shifts": ("以上各班合计", "all these shifts together"),
}
