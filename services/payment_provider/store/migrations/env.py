"""How Alembic runs a migration of the provider: on the connection that it was handed."""

from __future__ import annotations

from alembic import context

from services.payment_provider.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
