"""The wording of listening, Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LIVE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "listen.begin": (
            "正在接收 {count} 个实时数据源；Ctrl-C 结束并入库",
            "listening; live sources: {count}. Ctrl-C ends it and brings in what waits",
        ),
        "listen.counts": (
            "报文 {messages}，读数 {readings}，无法识别 {refused}",
            "{messages} messages, {readings} readings, {refused} not readable",
        ),
        "listen.newest": ("最新读数 {age} 前", "newest reading {age} ago"),
        "listen.ahead": ("最新读数的时间比本机晚 {age}", "newest reading {age} ahead of this clock"),
        "listen.nothing": ("尚无读数", "no reading yet"),
        "listen.waiting": ("{count} 个待入库", "{count} wait for the lake"),
        "listen.state.connecting": ("尚未连通", "not connected yet"),
        "listen.state.listening": ("接收中", "listening"),
        "listen.state.lost": ("连接中断，正在重连", "connection lost, connecting again"),
        "listen.state.failing": ("无法写盘", "cannot be kept"),
        "listen.state.ended": ("已结束", "ended"),
        "listen.fold": (
            "{time} 入库 {appended} 个读数，{refused} 行进入隔离区",
            "{time} {appended} readings came into the lake, {refused} rows wait in quarantine",
        ),
    }
)
