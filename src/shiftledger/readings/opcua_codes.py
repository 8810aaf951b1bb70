"""Issue codes of OPC UA sources (R100-R109): what a server does not know, does not tell again, or stamps in another way."""

from __future__ import annotations

from shiftledger.core.issue import Kind

K = Kind
R100 = K("R100", "error", "Security cannot be used as declared", "security = \"sign\" and \"encrypt\" need `certificate` and `private_key`: files below the plant's folder that this machine may read, PEM or DER.")
R101 = K("R101", "warning", "Node not found", "`columns` names nodes of the server: ns=2;s=Name, nsu=urn:line2;s=Name, or a path such as /Objects/2:Line2/2:T1. The others are listened to.")
R102 = K("R102", "warning", "Values lost on the way", "The server's queue for a node ran over before it could tell its values, or one of its messages could not be read. Where the server keeps history, the values are read from it.")
R103 = K("R103", "note", "A gap stays a gap", "What a node said while nobody listened is read from the server's history, as far back as `backfill`. What the history does not hold stays unknown.")
R104 = K("R104", "note", "Not stamped by the source", "A value without a source timestamp takes the server's, and without that the time of its arrival.")
CODES: tuple[Kind, ...] = (R100, R101, R102, R103, R104)
