"""Alembic environment: runs on the connection that `acts.migrate.upgrade` hands over."""

from alembic import context

from shiftledger.acts.state import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
