"""What every step of a payment works on: the provider's books, its contracts and business time."""

from __future__ import annotations

from dataclasses import dataclass

from services.payment_provider.domain.contracts import Contracts
from services.payment_provider.domain.terms import TermsInTime
from services.payment_provider.store.unit_of_work import OpenUnitOfWork
from shared.kit.clock import Clock


@dataclass(frozen=True)
class Books:
    """Handed from a use case to the steps that it is made of."""

    open_unit_of_work: OpenUnitOfWork
    contracts: Contracts
    clock: Clock
    terms: TermsInTime
