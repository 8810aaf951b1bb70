"""The first schema: tags, batches and their parts, acts, stored plant texts, seals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table(
        "tags", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text, unique=True, nullable=False)
    )
    op.create_table(
        "batches",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, unique=True, nullable=False),
        sa.Column("known_at", sa.BigInteger, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("prev", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, unique=True, nullable=False),
    )
    op.create_table(
        "batch_parts",
        sa.Column("seq", sa.BigInteger, sa.ForeignKey("batches.seq"), primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True),
        sa.Column("tag", sa.Text, primary_key=True),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_table(
        "acts",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("on_hash", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("prev", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, unique=True, nullable=False),
    )
    op.create_table("texts", sa.Column("hash", sa.Text, primary_key=True), sa.Column("body", sa.Text, nullable=False))
    op.create_table(
        "seals",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Text, nullable=False, index=True),
        sa.Column("close_id", sa.Text, nullable=False),
        sa.Column("result_hash", sa.Text, nullable=False),
        sa.Column("input_hash", sa.Text, nullable=False),
        sa.Column("text_hash", sa.Text, sa.ForeignKey("texts.hash"), nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("boundaries", sa.Text, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("program", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("prev", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, unique=True, nullable=False),
    )
