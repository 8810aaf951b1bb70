"""Bringing a store's SQL schema up to date with Alembic, without files to configure."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config


def upgrade(engine: sa.Engine) -> None:
    """Run every migration that the store has not seen, all in one transaction: whole or absent, and one program at a time."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver opens no transaction for CREATE TABLE by itself
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
