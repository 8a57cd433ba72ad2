"""Alembic's environment: it works on the connection that `upgrade` hands over, and opens none."""

from __future__ import annotations

from alembic import context

from services.ward_gateway.store.debit_result_tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
