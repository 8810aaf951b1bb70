"""The wording of the desk, Chinese and English: loads that are only tried, entries by hand, refused rows; and of listening."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shiftledger.render.messages_live import LIVE

DESK: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        **LIVE,
        "load.new": (
            "已装载为批次 {seq}：新增 {appended} / {rows} 行",
            "loaded as batch {seq}: {appended} of {rows} rows are new",
        ),
        "load.events": (
            "事件：新增 {appended} / {rows} 行，记为第 {first} 至 {last} 号",
            "events: {appended} of {rows} rows are new, recorded as acts {first} to {last}",
        ),
        "load.same": ("此前已装载，没有变化（{rows} 行）", "was loaded before, nothing changed ({rows} rows)"),
        "load.none": ("没有装载（{rows} 行）", "not loaded ({rows} rows)"),
        "load.span": ("{tags} 个位号，{first} 至 {last}（当地时间）", "{tags} tags, {first} to {last} (local time)"),
        "load.quarantine": ("{count} 行进入隔离区", "{count} rows wait in quarantine"),
        "load.empty": ("没有装载任何文件", "nothing was loaded"),
        "preview.none": ("没有可装载的内容", "nothing would be loaded"),
        "preview.rows": (
            "{rows} 行：新增 {new}，已知 {known}，拒收 {refused}",
            "{rows} rows: {new} new, {known} known already, {refused} to quarantine",
        ),
        "preview.span": ("{tags} 个位号，{first} 至 {last}（当地时间）", "{tags} tags, {first} to {last} (local time)"),
        "preview.reason": ("拒收 {count} 行：{reason}", "{count} to quarantine: {reason}"),
        "preview.more": ("拒收原因另有 {count} 种", "{count} more kinds of reason"),
        "preview.open": ("未封存的生产日，有新读数：{days}", "production days with new readings, not sealed yet: {days}"),
        "preview.true-up": ("已封存，将补记（true-up）：{days}", "sealed, would get a true-up: {days}"),
        "preview.prior-period": (
            "已封存，差额记入以后开放的月份（prior period）：{days}",
            "sealed, the difference would go to an open month (prior period): {days}",
        ),
        "preview.unchanged": ("已封存的日子都不变", "no sealed day would change"),
        "preview.written": ("未写入任何内容", "nothing was written"),
        "span.days": ("{first} 至 {last}", "{first} to {last}"),
        "guess.head": (
            "没有数据源与此文件相符；按内容推测，贴入 sources.toml：",
            "No source matches the file. A guess, to paste into sources.toml:",
        ),
        "enter.done": ("{shift}：录入 {count} 个值，批次 {seq}", "{shift}: {count} values entered as batch {seq}"),
        "enter.same": ("{shift}：这些值此前已知，没有变化", "{shift}: known already, nothing changed"),
        "enter.none": ("没有录入", "nothing was entered"),
        "enter.value": ("{tag} = {text}，{at}", "{tag} = {text} at {at}"),
        "enter.missing": ("{shift} 还缺 {count} 个值：{tags}", "{shift}: {count} values are missing: {tags}"),
        "enter.complete": ("{shift}：没有缺少的值", "{shift}: nothing is missing"),
        "enter.how": ("逐项输入，空行跳过。", "Type each value; an empty line skips it."),
        "quarantine.count": (
            "隔离区：{open} 行待处理（共 {kept} 行）",
            "quarantine: {open} rows are open of {kept} that were refused",
        ),
        "quarantine.none": ("隔离区没有待处理的行", "no refused row is open"),
        "quarantine.row": ("{id}  {source}:{line}", "{id}  {source}:{line}"),
        "quarantine.more": ("另有 {count} 行，用 --json 看全部", "{count} more rows; --json shows all"),
        "quarantine.ready": ("按现在的工厂文本可以读入：readmit", "can be read with today's text: readmit"),
        "quarantine.same": ("按现在的工厂文本仍是如此", "still so with today's text"),
        "quarantine.lacks": ("仍不能读入：{why}", "still cannot be read: {why}"),
        "standing.readmitted": ("已由第 {act} 号决定重新接收", "readmitted by act {act}"),
        "standing.dropped": ("第 {act} 号决定确认拒收", "dropped by act {act}"),
        "standing.overruled": ("第 {act} 号决定采用了同一点的另一行", "overruled by act {act}"),
        "standing.superseded": ("文件改正后已重新装载（{by}）", "its file was corrected and loaded again ({by})"),
        "standing.act": ("第 {act} 号记录", "act {act}"),
        "standing.batch": ("第 {batch} 批", "batch {batch}"),
        "standing.loaded": ("所述内容已另行装载", "what it says has been loaded since"),
        "decided.readmit": ("第 {seq} 号决定：重新接收 {count} 行", "act {seq} recorded: {count} rows readmitted"),
        "decided.drop": ("第 {seq} 号决定：确认拒收 {count} 行", "act {seq} recorded: {count} rows dropped"),
        "decided.none": ("没有需要决定的行", "there was nothing to decide"),
    }
)
