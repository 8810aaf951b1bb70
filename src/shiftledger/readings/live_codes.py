"""Issue codes of live sources (R049-R059): what keeps one from listening, and what becomes of what it is told."""

from __future__ import annotations

from shiftledger.core.issue import Issue, Kind, Location

K = Kind
R049 = K("R049", "note", "Waiting readings are not seen", "What was told live comes into the lake at the next fold, load or close. A trial writes nothing and does not see it: run shiftledger load first.")
R050 = K("R050", "error", "Package for live sources missing", "MQTT, OPC UA and HTTP need packages that a plain installation leaves out: the extra named live.")
R051 = K("R051", "error", "Live source cannot listen", "The address is wrong, nobody answers there, or the port is taken.")
R052 = K("R052", "error", "Live source refused", "The other side answers, but refuses the name, the password, the certificate or the token.")
R053 = K("R053", "error", "Not a live source", "A live source is one of sources.toml with format mqtt, opcua or http, or a format that an installed package offers.")
R054 = K("R054", "warning", "Message refused", "What was told cannot be read as readings. What can be read of it is taken; the rest waits in quarantine with the place where it was told.")
R055 = K("R055", "error", "Somebody listens already", "One program at a time listens for a plant, so that every message is kept once.")
R056 = K("R056", "error", "Readings cannot be kept", "A message is acknowledged only when it is on disk. While the disk is full or fails, senders are told to send again later.")
R057 = K("R057", "warning", "Damaged part of a write-ahead file", "Bytes in the middle of a write-ahead file are damaged. The whole records before and after them are taken; the file is kept aside.")
R058 = K("R058", "warning", "Reading rejected: stamped later than it came", "A reading that is stamped more than an hour after it arrived comes from a wrong clock. It waits in quarantine.")
R059 = K("R059", "warning", "Connection lost", "The connection broke, or the other side went away. The source connects again by itself.")
CODES: tuple[Kind, ...] = (R049, R050, R051, R052, R053, R054, R055, R056, R057, R058, R059)


def live_issue(kind: Kind, message: str, at: Location | None = None, remedy: str = "") -> Issue:
    """An issue of a live source with the usual severity of its code."""
    return Issue(kind.code, kind.severity, message, at, remedy or kind.explanation)
