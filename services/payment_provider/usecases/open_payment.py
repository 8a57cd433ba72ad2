"""Record a payer's intention before anybody is asked (DESIGN rule 1), or find that it was
recorded.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from services.payment_provider.domain.payments import COURSES, Payment
from services.payment_provider.domain.receipts import demand_days_known
from services.payment_provider.domain.refusals import (
    PaymentIdReused,
    SlipAlreadyPaid,
    TermsNotAccepted,
    TermsOutdated,
)
from services.payment_provider.domain.slips import barcode_digits, demand_payable, read_slip
from services.payment_provider.usecases.ask_in_time import Patience
from services.payment_provider.usecases.books import Books
from shared.keys.channels import Channel
from shared.kit.calendar import japanese_banks
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.refusals import Refusal


@dataclass(frozen=True)
class Intention:
    """What a payer asks for. means: the card token, or the bank; only its hash is kept.

    terms_acceptance_id: the acceptance of the terms of use that it is made under.
    """

    payment_id: UUID
    channel: Channel
    barcode: str
    amount_yen: Yen
    means: tuple[str, ...]
    terms_acceptance_id: UUID

    def body_sha256(self) -> str:
        """Return what tells a repeated body from another one (DESIGN rule 6)."""
        body = [
            str(self.payment_id),
            self.channel.value,
            barcode_digits(self.barcode),
            int(self.amount_yen),
            *self.means,
            str(self.terms_acceptance_id),
        ]
        return hashlib.sha256(json.dumps(body).encode()).hexdigest()


@dataclass(frozen=True)
class Opened:
    """A payment, and whether this call recorded it (else it was there before)."""

    payment: Payment
    is_new: bool


async def find_repeated(intention: Intention, books: Books) -> Payment | None:
    """Return the stored payment of this id, None for a new id; refuses PaymentIdReused."""
    async with books.open_unit_of_work() as work:
        stored = await work.payments.find(intention.payment_id)
    return None if stored is None else _repeated(stored, intention).payment


async def open_payment(intention: Intention, books: Books, *, patience: Patience) -> Opened:
    """Commit a payment in ASKING.

    1. Read and check the slip. 2. Add the payment, if the terms in force were accepted, and commit:
    one statement. 3. If that was not to be: the same id with the same body gets the stored payment,
    whatever the slip's limit and the terms say by now.

    Refuses: PaymentIdReused, MalformedBarcode, WrongCheckDigit, AmountOverCap, SlipPastLimit,
    SlipNotOfThisProvider, AmountDiffers, BankDaysUnknown, TermsNotAccepted, TermsOutdated,
    SlipAlreadyPaid. Nothing is recorded then.
    """
    try:
        payment = _new_payment(intention, books, patience)
        terms_version = books.terms.on(books.clock.today()).version
    except (Refusal, LookupError):
        repeated = await find_repeated(intention, books)
        if repeated is None:
            raise
        return Opened(repeated, is_new=False)
    async with books.open_unit_of_work() as work:
        answer = await work.commit_with(work.payments.opening(payment, terms_version))
    assert answer is not None, "an answer of one row"  # noqa: S101
    if answer["added"]:
        return Opened(payment, is_new=True)
    repeated = await find_repeated(intention, books)
    if repeated is not None:
        return Opened(repeated, is_new=False)
    raise _refusal(answer["accepted"], terms_version)


def _new_payment(intention: Intention, books: Books, patience: Patience) -> Payment:
    slip = read_slip(intention.barcode, books.contracts)
    today = books.clock.today()
    demand_payable(slip, intention.amount_yen, today)
    demand_days_known(intention.channel, today, japanese_banks(), slip.contract)
    return Payment(
        id=intention.payment_id,
        peer_id=new_id(),
        channel=intention.channel,
        municipality=slip.municipality,
        barcode=slip.barcode.digits,
        amount_yen=intention.amount_yen,
        fee_yen=slip.fee_yen(intention.channel, today),
        body_sha256=intention.body_sha256(),
        asked_at=books.clock.now(),
        asking_until=patience.asking_until(),
        state=COURSES[intention.channel].asking,
        terms_acceptance_id=intention.terms_acceptance_id,
    )


def _refusal(accepted_version: str | None, version_in_force: str) -> Refusal:
    """Say why a payment that nobody has recorded was not added."""
    if accepted_version is None:
        return TermsNotAccepted()
    return SlipAlreadyPaid() if accepted_version == version_in_force else TermsOutdated()


def _repeated(stored: Payment, intention: Intention) -> Opened:
    if stored.body_sha256 != intention.body_sha256():
        raise PaymentIdReused
    return Opened(stored, is_new=False)
