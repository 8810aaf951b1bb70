"""Wording of the difference sheet: key -> (Chinese, English)."""

from __future__ import annotations

from collections.abc import Mapping

DIFFERENCE: Mapping[str, tuple[str, str]] = {
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
}
