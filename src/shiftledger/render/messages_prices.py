"""Wording of price sets that are tried: key -> (Chinese, English)."""

from __future__ import annotations

from collections.abc import Mapping

PRICES: Mapping[str, tuple[str, str]] = {
    "days.tried": ("已试算", "tried"),
    "days.untried": ("无法试算", "cannot be tried"),
    "days.would": ("将封存", "would be sealed"),
    "trial.prices": (
        "试算价格集“{prices}”，对比现行“{governing}”；未写入任何内容",
        'Price set "{prices}" tried against "{governing}"; nothing is written',
    ),
    "trial.close": ("关账试算；未写入任何内容", "What a close would do; nothing is written"),
    "trial.currency": ("价值 V，金额单位 {currency}", "Value V in {currency}"),
    "trial.governing": ("现行", "governing"),
    "trial.draft": ("试算", "tried"),
    "trial.sealed": ("已封存", "sealed"),
    "trial.new": ("关账后", "then"),
    "trial.difference": ("差额", "difference"),
    "trial.same": ("V 没有变动", "No V changes"),
    "trial.crews": ("各班合计", "By crew"),
    "trial.area": ("区域合计", "Area"),
    "trial.site": ("厂级账户", "Site accounts"),
    "trial.short": (
        "班次太多，只列各班合计；--json 列出每一班",
        "too many shifts to list: sums by crew; --json has every shift",
    ),
}
