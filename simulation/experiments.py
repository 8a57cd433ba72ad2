"""Experiments: one line out of a file, or into one, so that only reconciliation can see it.

Trailers, sums and hashes are made anew; the walk must then end with a named failure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from enum import StrEnum

from shared.files.codes import DataType
from shared.files.mobile_regi_receipts import Receipt, load_receipts, write_receipts
from shared.files.zengin_deposits import Deposit
from shared.kit.money import Yen
from shared.wire.sandbox_books import READ_WAITING_FILE, REPLACE_WAITING_FILE, WAITING_FILES
from simulation.rehearsal import Rehearsal

KNOWN_REMITTER_EXTRA_YEN = Yen(12_345)


class Experiment(StrEnum):
    """What is done to one file of the walk."""

    BANK_LINE_REMOVED = "bank-line-removed"
    BANK_LINE_ADDED = "bank-line-added"
    CONFIRMED_LINE_REMOVED = "confirmed-line-removed"
    CONFIRMED_LINE_ADDED = "confirmed-line-added"


def apply_experiment(rehearsal: Rehearsal, experiment: Experiment) -> None:
    """Let the experiment strike once, at the first file that it fits."""
    if experiment in {Experiment.BANK_LINE_REMOVED, Experiment.BANK_LINE_ADDED}:
        rehearsal.mend_statement = _BankLine(experiment).mend
    else:
        rehearsal.before_collection = _ConfirmedLine(rehearsal, experiment).strike


class _BankLine:
    """Takes a line out of the first deposit notice, or adds one to it."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment, self.done = experiment, False

    def mend(self, lines: list[Deposit], _: date) -> list[Deposit]:
        if self.done or not lines:
            return lines
        self.done = True
        if self.experiment is Experiment.BANK_LINE_REMOVED:
            return lines[1:]
        extra = replace(lines[0], inquiry_number="999999", amount_yen=KNOWN_REMITTER_EXTRA_YEN)
        return [*lines, extra]


class _ConfirmedLine:
    """Takes a 確報 line out of a receipts file that waits at the provider, or adds one."""

    def __init__(self, rehearsal: Rehearsal, experiment: Experiment) -> None:
        self.rehearsal, self.experiment, self.done = rehearsal, experiment, False

    async def strike(self, _: date) -> None:
        if self.done:
            return
        access = self.rehearsal.access
        for waiting in (await access.operate(WAITING_FILES)).files:
            if not waiting.kind.startswith("receipts"):
                continue
            client = access.at("operator", READ_WAITING_FILE)
            content = await client.fetch(READ_WAITING_FILE, file_id=waiting.file_id)
            changed = self._changed(content)
            if changed is not None:
                await access.operate(REPLACE_WAITING_FILE, changed, file_id=waiting.file_id)
                self.done = True
                return

    def _changed(self, content: bytes) -> bytes | None:
        loaded = load_receipts(content)
        confirmed = [r for r in loaded.records if r.data_type is DataType.CONFIRMED]
        if not confirmed or loaded.header is None:
            return None
        records: list[Receipt] = list(loaded.records)
        if self.experiment is Experiment.CONFIRMED_LINE_REMOVED:
            records.remove(confirmed[0])
        else:
            records.append(replace(confirmed[-1], shop_code="0000009"))
        return write_receipts(loaded.header, records)
