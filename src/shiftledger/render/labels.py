"""What is a node of a trace called for its reader? Instants in local time, and the recurring phrases in Chinese too (I7).

Labels are made in English where a figure is computed; the ids in them are the plant's own and stay. What no row knows stays as it is.
"""

from __future__ import annotations

import re
from datetime import datetime

from shiftledger.core.period import MINUTE, instant
from shiftledger.render.amounts import local
from shiftledger.render.messages import Lang, Names, say_of

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
PART = re.compile(r"(\d{4}-\d\d-\d\d)\.p\d+-(\d\d)(\d\d)")  # a part of a day in which areas have different shifts
GAP = re.compile(
    r"(?<=[\u4e00-\u9fff\uff1a\uff0c]) (?=[\u4e00-\u9fff])"
)  # beside an id in Latin letters a space, between Chinese none
AT = r"(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?)"

# A visible table: what a label looks like, and how it is said in Chinese; the first row that fits holds.
CHINESE: tuple[tuple[str, str], ...] = (
    (r"(.+): (\d+) readings", "{0}：{1} 个读数"),
    (r"late result: (.+)", "迟到结果：{0}"),
    (r"price of (.+)", "{0} 的单价"),
    (r"formula of (.+), to (\d+) decimals", "公式 {0}，保留 {1} 位小数"),
    (r"(.+) of ([\dQ-]+) instead of ([\dQ-]+), published (.+)", "{0}，{1} 的报价代替缺少的 {2}，{3} 发布"),
    (r"(.+) of ([\dQ-]+) for ([\d-]+), published (.+)", "{0}，{2} 用 {1} 的报价，{3} 发布"),
    (r"(.+) of ([\dQ-]+), published (.+)", "{0}，{1} 的报价，{2} 发布"),
    (r"factor (.+)", "换算系数 {0}"),
    (r"(.+): price difference", "{0}：价差"),
    (rf"(.+), booked from {AT} to {AT}", "时段 {0} 的账单，{1} 至 {2}"),
    (rf"booked from {AT} to {AT}", "账单期间 {0} 至 {1}"),
    (r"part in band (.+)", "时段 {0} 的部分"),
    (r"driver in band (.+), (.+)", "时段 {0} 内的分摊依据，{1}"),
    (r"carried in band (.+)", "时段 {0} 内所含"),
    (r"carried in (.+)", "{0} 所含"),
    (rf"no assay of (.+) from {AT} to {AT}", "{0} 无化验值，{1} 至 {2}"),
    (rf"hours of (.+) from {AT} to {AT}", "{0} 的小时数，{1} 至 {2}"),
    (rf"standard use of (.+), (.+) from {AT} to {AT}", "{0} 的标准用量，{1}，{2} 至 {3}"),
    (rf"standard use, (.+) from {AT} to {AT}", "标准用量，{0}，{1} 至 {2}"),
    (rf"from {AT} to {AT}", "{0} 至 {1}"),
    (rf"(.+) from {AT} to {AT}", "{0}，{1} 至 {2}"),
    (r"share of (.+) by hours", "{0} 按小时的份额"),
    (r"share of (.+) by load", "{0} 按负荷的份额"),
    (r"share of (.+) by standard", "{0} 按标准的份额"),
    (r"(\d+) lots of (.+), end", "{1}：{0} 批，归结束班"),
    (r"(\d+) lots of (.+), start", "{1}：{0} 批，归开始班"),
    (r"(\d+) lots of (.+), time-split", "{1}：{0} 批，按时间分"),
    (r"(\d+) lots of (.+), stage", "{1}：{0} 批，按工序分"),
    (r"(.+) halted: (\w+), (.+)", "{0} 停机：{1}，{2}"),
    (r"(.+) halted: (\w+)", "{0} 停机：{1}"),
    (r"(.+) halted, (.+)", "{0} 停机，{1}"),
    (r"no fault: (.+), (\w+)", "无责：{0}，{1}"),
    (r"act (\d+): halt, (\w+)", "决定 {0}：停机，{1}"),
    (r"hours of the shift", "本班小时数"),
    (r"operating hours of (.+)", "{0} 的运行小时数"),
    (r"hours of (.+)", "{0} 的小时数"),
    (rf"(.+) at {AT}", "{0}，{1}"),
    (r"opening of (.+)", "{0} 的期初数"),
    (r"(.+) between two (?:observations|readings)", "{0}：两次观测之间"),
    (r"mean (.+)", "{0} 的均值"),
    (r"change of (.+)", "{0} 的变化"),
    (r"potential of (.+)", "{0} 的势值"),
    (r"with (.+) \((.+)\)", "按条件 {0} 修正（{1}）"),
    (r"residual of (.+)", "{0} 的不平衡量"),
    (r"(.+): derived from stock (.+)", "{0}：由存货 {1} 推算"),
    (r"estimated by (.+)", "按 {0} 估计"),
    (r"standard of (.+) per (.+)", "标准：每单位 {1} 用 {0}"),
    (r"standard use of (.+)", "{0} 的标准用量"),
    (r"standard use, (.+)", "标准用量，{0}"),
    (r"Plan: (.+)", "计划：{0}"),
    (r"Standard: (.+) for (.+)", "标准：{1} 所用的 {0}"),
    (r"Allowed: (.+) for (.+)", "允许：{1} 所用的 {0}"),
    (r"(.+)'s part of the shift", "{0} 在本班的份额"),
    (r"(.+), band (.+)", "{0}，时段 {1}"),
    (r"stream (.+)", "物流 {0}"),
    (r"opening (.+)", "期初 {0}"),
    (r"closing (.+)", "期末 {0}"),
    (r"condition (.+)", "条件 {0}"),
    (r"assay (.+)", "化验 {0}"),
    (r"not posted", "未入账"),
    (r"nothing", "无"),
)
_ROWS = tuple((re.compile(form), chinese) for form, chinese in CHINESE)
_CAUSES = ("process", "mechanical", "electrical", "external", "planned", "unclassed")


def label_text(label: str, lang: Lang, zone: str, names: Names | None = None) -> str:
    """A label for its reader: instants in local time, in zh the phrases that the table knows, things by their `names` if given."""
    since = "{} {}:{} 起" if lang == "zh" else "{} from {}:{}"
    told = INSTANT.sub(lambda found: _local(found[0], zone), PART.sub(lambda found: since.format(*found.groups()), label))
    if lang != "zh":
        return told
    for form, chinese in _ROWS:
        found = form.fullmatch(told)
        if found:
            return GAP.sub("", chinese.format(*(_called(part, lang, names) for part in found.groups())))
    return _called(told, lang, names)


def _called(part: str, lang: Lang, names: Names | None) -> str:
    """A cause in words, a material (in its tariff band) or a state by its name; anything else as it is."""
    if part in _CAUSES:
        return say_of("cause", part, lang)
    what, at, band = part.partition("@")
    kind = next((kind for kind in ("material", "state") if names is not None and (kind, what) in names.of), "")
    return f"{names.name(kind, what, lang)}{at}{band}" if names is not None and kind else part


def _local(text: str, zone: str) -> str:
    """Local time to the minute, or to the second where that tells more."""
    at = instant(datetime.fromisoformat(text))
    return local(at, zone, "%Y-%m-%d %H:%M:%S" if at % MINUTE else "%Y-%m-%d %H:%M")
