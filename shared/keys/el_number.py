"""eL番号: the four keys of Pay-easy under the names of eLTAX, and the place of its QR (DOMAIN §8).

The bytes of an eL-QR are published nowhere and are not invented here: whoever has its specification
hands in an adapter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shared.keys.payeasy_keys import PayeasyKeys
from shared.keys.problems import KeyProblem


@dataclass(frozen=True, slots=True)
class ElNumber:
    """機関コード, 案件特定キー, 確認番号 and 税目・料金番号.

    In this order they are Pay-easy's 収納機関番号, 納付番号, 確認番号 and 納付区分, and they have
    the digits of those (DOMAIN §2.1); eLTAX's own widths were not found. Raises KeyProblem as
    PayeasyKeys does.
    """

    agency_code: str
    case_key: str
    confirmation_number: str
    item_number: str

    def __post_init__(self) -> None:
        self.payeasy_keys()

    def payeasy_keys(self) -> PayeasyKeys:
        """Return the same four keys under their Pay-easy names."""
        return PayeasyKeys(
            institution_number=self.agency_code,
            payment_number=self.case_key,
            confirmation_number=self.confirmation_number,
            category=self.item_number,
        )


def el_number_of(keys: PayeasyKeys) -> ElNumber:
    """Return the same four keys under their eLTAX names."""
    return ElNumber(
        agency_code=keys.institution_number,
        case_key=keys.payment_number,
        confirmation_number=keys.confirmation_number,
        item_number=keys.category,
    )


class ElQrAdapter(Protocol):
    """What the owner of the eL-QR specification supplies: its bytes for a number, and back."""

    def write(self, number: ElNumber) -> bytes:
        """Return the payload of the QR symbol."""
        ...

    def read(self, payload: bytes) -> ElNumber:
        """Return what a payload says; raise KeyProblem if it says nothing."""
        ...


def el_qr_payload(number: ElNumber, adapter: ElQrAdapter | None) -> bytes:
    """Return the bytes that an eL-QR must carry.

    Raises KeyProblem: el_qr_layout_unknown without an adapter, el_qr_not_inverse if the adapter
    does not read its own bytes as the same number.
    """
    known = _known(adapter)
    payload = known.write(number)
    if known.read(payload) != number:
        raise KeyProblem("el_qr_not_inverse", "the adapter reads another number than it wrote")
    return payload


def read_el_qr(payload: bytes, adapter: ElQrAdapter | None) -> ElNumber:
    """Return what an eL-QR says. Raises KeyProblem: el_qr_layout_unknown, or the adapter's own."""
    return _known(adapter).read(payload)


def _known(adapter: ElQrAdapter | None) -> ElQrAdapter:
    if adapter is None:
        detail = "the byte layout of the eL-QR is not published; it needs an adapter"
        raise KeyProblem("el_qr_layout_unknown", detail)
    return adapter
