"""The wording of what comes before a close, Chinese and English: the running shift, and what is calculated first."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

AHEAD: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "now.when": ("{span}（{zone}），截至 {at}：{hours} / {whole}", "{span} ({zone}), until {at}: {hours} of {whole}"),
        "now.provisional": (
            "! 暂定：本班尚未关账，未作平衡，不存档；关账后以封存为准",
            "! Provisional: the shift is running, nothing is reconciled or stored; its close replaces this",
        ),
        "now.hero": ("比允许 {difference} {currency}", "Against Allowed so far  {difference} {currency}"),
        "now.hero.none": ("允许 —：还不能与允许比较", "Allowed —: nothing to compare with yet"),
        "now.within": ("，在测量误差之内，不能认定有差别", ": within measuring error, not distinguishable"),
        "now.beyond": ("，测量误差 ±{half}", ", measuring error ±{half}"),
        "now.absent": ("缺（不等于零）：{what}", "absent, which is not zero: {what}"),
        "now.partial": ("只有部分时间已知：{what}", "known for a part of the time: {what}"),
        "now.uneven": (
            "! 各读数覆盖的时间不同：差额混有不同时段，只供参考",
            "! the readings cover different times: the difference mixes them, take it with care",
        ),
        "now.sealed": (
            "{shift} 已封存，以封存为准；差别的原因：now PLANT --against-close {shift}",
            "{shift} is sealed, and the seal counts. Why they differ: now PLANT --against-close {shift}",
        ),
        "now.metered": ("已计量", "metered"),
        "now.amount": ("实际 {currency}", "actual {currency}"),
        "now.allowed": ("允许", "allowed"),
        "now.difference": ("差", "difference"),
        "now.allowed-note": ("允许 {qty}", "allowed {qty}"),
        "now.streams": ("读数", "Readings"),
        "now.covered": ("覆盖", "covered"),
        "now.last": ("最后读数", "last read"),
        "now.never": ("无读数", "never"),
        "now.age": ("{at}（{age} 前）", "{at} ({age} before)"),
        "now.stocks": ("存货", "Stocks"),
        "now.opening": ("接班", "taken over"),
        "now.at": ("此刻", "now"),
        "now.newest": (
            "最新读数 {at}；此后的情况未知，也不推算",
            "Newest reading: {at}. What came after is not known, and nothing is projected.",
        ),
        "now.asked": ("按 {at} 已知的内容", "As it was known at {at}"),
        "against.title": (
            "{area} {shift}：封存数与班末（{at}）所示之差",
            "{area} {shift}: the seal against what the running shift showed at its end ({at})",
        ),
        "against.known": ("班末所示：按 {at} 已知的内容", "Shown: what was known at {at}"),
        "against.running": ("班末所示", "Shown at the end"),
        "against.sealed": ("封存", "Sealed"),
        "against.line": ("{cause}：{item}", "{cause}: {item}"),
        "against.same": ("没有差别", "no difference"),
        "against.adds-up": ("各行之和等于差额，分毫不差", "The lines add up to the difference, to the cent"),
        "moved.late": ("迟到或更正的读数", "late or corrected reading"),
        "moved.allocation": ("分摊数到达", "allocated figure came"),
        "moved.condition": ("化验或状态迟到", "late laboratory result or state"),
        "moved.event": ("事件或确认", "event recorded"),
        "moved.stock": ("存货盘点", "stock observed"),
        "moved.close": ("关账（固定费用、平衡、尾差）", "the close (fixed charges, balance, rounding)"),
        "whatif.what": (
            "! 设想：按填写的打算计算，不是实绩，不存档",
            "! What if: entered intentions, not measured and not stored",
        ),
        "whatif.base.plan": ("基准：计划（预算产量 × 标准）", "Base: the plan (budgeted output at standards)"),
        "whatif.base.standard": ("基准：{of} 的产量 × 标准", "Base: standards at the output of {of}"),
        "whatif.base.shift": ("基准：{of}，按封存的实绩", "Base: {of} as it was sealed"),
        "whatif.settings": ("设定", "Set"),
        "whatif.none": ("没有设定：打算等于基准", "Nothing is set: the intentions are the base"),
        "whatif.before": ("基准", "base"),
        "whatif.after": ("打算", "intended"),
        "whatif.moved": ("因此变动", "What moves"),
        "whatif.end": ("{stock}（班末）", "{stock}, at the end"),
        "whatif.value": ("价值 V", "Value V"),
        "whatif.product": ("{qty} × {price}", "{qty} × {price}"),
        "whatif.change": ("{before} → {after}", "{before} → {after}"),
        "whatif.together": ("全厂", "The plant"),
        "whatif.sum": ("合计", "Together"),
        "whatif.names": (
            "可设定的名称（{shift}）：NAME=数值，或 NAME=+5%",
            "What may be set for {shift}: NAME=number, or NAME=+5%",
        ),
        "settable.load": ("负荷：基准产量的倍数", "load: part of the base's output"),
        "settable.hours": ("运转小时", "hours it runs"),
        "settable.stream": ("数量", "quantity"),
        "settable.price": ("单价", "price"),
        "settable.condition": ("条件", "condition"),
        "settable.opening": ("接班存量", "content at the start"),
        "item.fixed": ("固定费用", "fixed charges"),
        "item.price": ("价差", "price difference"),
    }
)
