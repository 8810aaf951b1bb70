"""Wording of acts, approvals and exclusions: key -> (Chinese, English)."""

from __future__ import annotations

from collections.abc import Mapping

ACTS: Mapping[str, tuple[str, str]] = {
    "left-out": (
        "不计入评比：{reason}；{who}（{role}）决定，第 {act} 号，依据事件 {event}",
        "left out of the ranking: {reason}; decided by {who} ({role}), act {act}, for event {event}",
    ),
    "approved.head": ("已批准", "Approved"),
    "acts.none": ("尚无决定", "No act is recorded"),
    "acts.head": ("决定（共 {count} 项）", "Acts ({count})"),
    "acts.approvals": ("批准", "Approvals"),
    "acts.unasked": ("plant.toml 未要求", "not asked for by plant.toml"),
    "acts.by": ("第 {act} 号", "act {act}"),
    "acts.ended": ("见第 {act} 号", "by act {act}"),
    "act-standing.stands": ("有效", "stands"),
    "act-standing.lapsed": ("已失效", "lapsed"),
    "act-standing.missing": ("未批准", "not approved"),
    "act-standing.over": ("不再有效", "over"),
    "act-kind.settle": ("结算", "settle"),
    "act-kind.reopen": ("重开", "reopen"),
    "act-kind.approve": ("批准", "approve"),
    "act-kind.suspect": ("仪表存疑", "suspect"),
    "act-kind.decision": ("决定", "decision"),
    "act-kind.event": ("事件", "event"),
    "act-kind.withdraw": ("撤回事件", "withdraw"),
    "act-kind.verify": ("核实工单", "verify"),
    "act-kind.exclude": ("不计入评比", "exclude"),
    "act-kind.lift": ("解除", "lift"),
    "act-kind.readmit": ("重新接收", "readmit"),
    "act-kind.drop": ("确认拒收", "drop"),
}
