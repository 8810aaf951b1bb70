"""The wording of hours, persons and physical productivity, Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LABOUR: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "labour.title": ("人员与工时：{first} 至 {last}，按{by}", "Persons and hours: {first} to {last}, by {by}"),
        "labour.by.series": ("系列", "series"),
        "labour.by.area": ("工序", "area"),
        "labour.by.crew": ("班组", "crew"),
        "labour.by.month": ("月", "month"),
        "labour.by.shift": ("班次", "shift"),
        "labour.shifts": ("班次", "shifts"),
        "labour.members": ("在册人数", "members"),
        "labour.on-duty": ("班均出勤", "on duty"),
        "labour.hours": ("工时 h", "hours"),
        "labour.missed": ("缺勤 h", "missed"),
        "labour.extra": ("加班 h", "overtime"),
        "labour.productivity": ("实物劳动生产率", "Physical labour productivity"),
        "labour.output": ("产量", "output"),
        "labour.counted-hours": ("对应工时 h", "its hours"),
        "labour.per-hour": ("每工时", "per hour"),
        "labour.per-person": ("每人月", "per p.month"),
        "labour.none": (
            "没有声明产量：只有工时，生产率缺（不等于零）",
            "No output is declared: hours only; productivity is absent, not zero",
        ),
        "labour.provisional": (
            "! 暂定：{shifts} 个班次中 {sealed} 个已封存；生产率只算产量与工时都已知的 {counted} 个班次",
            "! Provisional: {sealed} of {shifts} shifts are sealed; productivity counts the {counted} whose output and hours are known",
        ),
        "labour.counted": (
            "生产率只算产量与工时都已知的班次：{counted} / {shifts}",
            "productivity counts shifts of known output and hours: {counted} of {shifts}",
        ),
        "labour.unlisted": (
            "{n} 个班次有班组无名册：工时未知",
            "{n} shifts with a crew of which nobody is listed: hours unknown",
        ),
        "labour.changed": ("{day} 起机构变动", "reorganised from {day} on"),
        "labour.series": ("系列 {name}：{areas}", "Series {name}: {areas}"),
        "labour.sheet": ("人员与工时", "Persons and hours"),
        "labour.total": ("合计", "Total"),
        "labour.product": ("产品", "product"),
        "labour.unit": ("单位", "unit"),
        "labour.person-months": ("人月", "person-months"),
        "labour.quanta": ("产量最小单位数", "output in quanta"),
        "labour.hours-above": ("工时：分子", "hours: above"),
        "labour.hours-below": ("工时：分母", "hours: below"),
        "labour.months-above": ("人月：分子", "months: above"),
        "labour.months-below": ("人月：分母", "months: below"),
        "service.saved": (
            "核实节约 {amount} {currency}：不是现金，不计入 V 和全厂结果",
            "Verified saving {amount} {currency}: not cash, in no V and not in the plant's result",
        ),
        "service.late": (
            "核实过晚，不计入本班：{amount} {currency}，计入 {month} 的以前期间",
            "verified too late for this shift: {amount} {currency}, in the prior period of {month}",
        ),
        "service.none": ("本班没有上报的作业", "No job was reported in this shift"),
        "service.job": ("作业", "job"),
        "service.qty": ("数量", "quantity"),
        "service.price": ("参考价", "reference price"),
        "service.waiting": ("暂定：未经他人核实，不计", "provisional: waits for verification and the next close, not counted"),
        "service.why": (
            "查问来历：shiftledger explain PLANT ledger/{shift}/saving:{area}",
            "Ask why: shiftledger explain PLANT ledger/{shift}/saving:{area}",
        ),
        "labour.present": ("{area} {shift}：谁在岗，依据哪一行", "{area} {shift}: who was there, and which lines say so"),
        "labour.person": ("人员", "person"),
        "labour.post": ("岗位", "post"),
        "labour.why": ("依据", "why"),
        "labour.why.roster": ("排班", "roster"),
        "labour.why.overtime": ("加班", "overtime"),
        "labour.why.loan": ("借调", "loan"),
        "labour.ask": (
            "查问工时：shiftledger labour PLANT --shift SHIFT",
            "Ask for the hours: shiftledger labour PLANT --shift SHIFT",
        ),
        "labour.ask-output": (
            "查问产量：shiftledger explain PLANT ledger/SHIFT/AREA/MATERIAL",
            "Ask for the output: shiftledger explain PLANT ledger/SHIFT/AREA/MATERIAL",
        ),
    }
)
