"""Wording of what compares and adds up statements: key -> (Chinese, English)."""

from __future__ import annotations

from collections.abc import Mapping

SHEETS: Mapping[str, tuple[str, str]] = {
    # areas whose shifts lie at different times
    "uneven": (
        "各区域的这一班起止时间不同，V 不相加；全厂账户见各区域自己的报表。一天之内各区域仍然相加。",
        "The shifts of these areas lie at different times: their V is not added up, and the site's accounts stand in each area's "
        "own statement. Over the day everything adds up.",
    ),
    # the difference sheet
    "diff.title": ("差异表 {about}：{old} → {new}", "Difference sheet {about}: {old} → {new}"),
    "diff.days": ("比较 {days} 个生产日，金额单位 {currency}", "production days compared: {days}; amounts in {currency}"),
    "diff.same": ("没有差异", "nothing changed"),
    "diff.before": ("原", "before"),
    "diff.after": ("新", "after"),
    "diff.difference": ("差额", "difference"),
    "diff.total": ("全厂（有变动的日）", "The plant (days that changed)"),
    "diff.adds-up": ("各行差额之和等于全厂差额。", "The rows add up to the plant's difference."),
    "diff.open": ("各行差额之和不等于全厂差额：请运行 verify。", "The rows do not add up to the plant's difference: run verify."),
    "diff.counts": ("（计入 {month}）", " (counts in {month})"),
    "diff.why": ("原因", "Why"),
    "diff.cause.text": ("{day}  文本 {where}：{what}", "{day}  text {where}: {what}"),
    "diff.cause.batch": ("{day}  读数 {where}：{what}", "{day}  readings {where}: {what}"),
    "diff.cause.act": ("{day}  决定 {where}：{what}", "{day}  {where}: {what}"),
    "diff.more": ("另有 {count} 条，用 --json 看全部", "{count} more; --json shows all"),
    "diff.version.settlement": ("第 {number} 号决定的结算", "settlement, act {number}"),
    "diff.version.first": ("首次封存", "first seals"),
    "diff.version.now": ("现在", "now"),
    # a statement in Excel
    "excel.unit": ("单位", "unit"),
    "excel.quanta": ("带号最小单位数", "signed quanta"),
    "excel.price-whole": ("每最小单位价（整数）", "price of one, whole"),
    "excel.correction": ("多笔尾差", "correction"),
    "excel.check": ("与封存的价值 V 之差（应为 0）", "difference from the sealed V (must be 0)"),
    "excel.bridge-check": ("与价值 V 之差（应为 0）", "difference from V (must be 0)"),
    "excel.saved": ("核实节约（不是现金）", "verified saving (not cash)"),
    "excel.saved-check": ("与封存的核实节约之差（应为 0）", "difference from the sealed saving (must be 0)"),
    "excel.late": (
        "迟到：不计入以上各数，计入所列月份的以前期间",
        "Too late for this shift: in none of the sums above, but in the prior period of the month beside it",
    ),
    # the roll-up
    "rollup.title": ("{first} 至 {last}，{days} 个生产日，按{by}", "{first} to {last}, production days: {days}, by {by}"),
    "rollup.shifts": ("班数", "shifts"),
    "rollup.compared": ("只有 {compared} / {shifts} 个班可以对照", "only {compared} of {shifts} shifts can be compared"),
    "rollup.result": ("全厂", "The plant"),
    "rollup.results": ("各厂合计", "The plants together"),
    "rollup.outside": ("其中对外收支", "of that, cash from outside"),
    "rollup.stocks": ("其中存货变动（含调价）", "of that, change of stocks, with revaluation"),
    "rollup.bridge": ("{who}：{compared} 个班", "{who}: {compared} shifts"),
    "rollup.sheet": ("汇总", "Roll-up"),
    "rollup.bridges": ("差异桥", "Bridges"),
    "rollup.sigma": ("标准不确定度", "standard uncertainty"),
    "rollup.counted": ("可对照班数", "compared shifts"),
    "rollup.check": ("与对外收支加存货变动之差（应为 0）", "difference from outside and stocks (must be 0)"),
    "rollup.areas-check": ("与封存的区域合计之差（应为 0）", "difference from the sealed sum of areas (must be 0)"),
    "rollup.actual-check": ("与封存的实际之差（应为 0）", "difference from the sealed Actual (must be 0)"),
    "rollup.by.plant": ("工厂", "plant"),
    "rollup.by.area": ("区域", "area"),
    "rollup.by.crew": ("班组", "crew"),
    "rollup.by.group": ("班别", "group"),
    "rollup.by.shift": ("班次", "shift"),
    "rollup.by.day": ("日", "day"),
    "rollup.by.month": ("月", "month"),
    "list.comma": ("、", ", "),
}
