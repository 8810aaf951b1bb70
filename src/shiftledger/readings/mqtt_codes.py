"""Issue codes of MQTT sources (R110-R119): what a sender does not tell, and what did not arrive."""

from __future__ import annotations

from shiftledger.core.issue import Kind

K = Kind
R110 = K("R110", "warning", "Messages of an edge node missing", "An edge node of Sparkplug B counts its messages. Where a number is left out, what the message said is missing, and the node is asked to tell all its values again. Until then, what comes by alias waits in quarantine: an alias may mean something else by now.")
R111 = K("R111", "warning", "Name that nobody tells", "`columns` name a field or a metric that is not in the message. What else is in it and is not named is not read.")
R112 = K("R112", "warning", "Messages came too fast", "Messages that are published with QoS 0 are acknowledged by nobody. When more of them wait than memory should hold, the newest are lost.")
CODES: tuple[Kind, ...] = (R110, R111, R112)
