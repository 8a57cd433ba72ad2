"""What Alembic runs for a migration: on the connection that it was handed, in its transaction."""

from __future__ import annotations

from alembic import context

from services.lgwan_asp.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, compare_type=True
)
with context.begin_transaction():
    context.run_migrations()
