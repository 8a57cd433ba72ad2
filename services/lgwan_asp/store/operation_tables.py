"""Columns of what operates the inquiries: outages, banks that are slowed down, and unlocked keys.

Beside store/tables.py, in the same schema; nothing outside store/ ever holds one of these.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, UniqueConstraint, Uuid

from services.lgwan_asp.store.tables import METADATA

OUTAGES = Table(  # hours without service; only ends_at is ever changed
    "outages",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("municipality", Text, nullable=False),  # '' is everybody's
    Column("kind", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True)),
    Column("set_by", Text, nullable=False),
    Column("business_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("municipality", "kind", "starts_at", name="one_outage"),
)

SLOW_BANKS = Table(  # a bank that gave too many wrong numbers, on a service day
    "slow_banks",
    METADATA,
    Column("municipality", Text, primary_key=True),
    Column("bank_code", Text, primary_key=True),
    Column("on_date", Date, primary_key=True),
    Column("wrong", Integer, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
)

UNLOCKS = Table(  # a key that an operator unlocked for a bank, why, and on what document
    "unlocks",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("municipality", Text, nullable=False),
    Column("institution_number", Text, nullable=False),
    Column("payment_number", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("bank_code", Text, nullable=False),
    Column("on_date", Date, nullable=False),
    Column("wrong_numbers", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("document_number", Text, nullable=False),
    Column("unlocked_by", Text, nullable=False),
    Column("unlocked_at", DateTime(timezone=True), nullable=False),
    info={"insert_only": True},
)
