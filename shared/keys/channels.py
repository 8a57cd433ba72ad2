"""One enum of all the ways a premium is paid, with the codes that files use for them.

Knows no receipt; which channel a ward offers is the ward's matter.
"""

from __future__ import annotations

from enum import StrEnum

from shared.keys.problems import KeyProblem


class Channel(StrEnum):
    """A way of paying; the value is the word used on every door and in every database."""

    MOBILE_BANKING = "mobile_banking"
    MOBILE_CREDIT = "mobile_credit"
    PAYEASY = "payeasy"
    CONVENIENCE = "convenience"
    APP_MONEY = "app_money"
    WARD_COUNTER = "ward_counter"
    BRANCH_OFFICE = "branch_office"
    BANK_COUNTER = "bank_counter"
    DIRECT_DEBIT = "direct_debit"
    PENSION_DEDUCTION = "pension_deduction"

    @property
    def code(self) -> str:
        """The three letters of the ward's files, such as MRC."""
        return CODE_OF_CHANNEL[self]

    @property
    def chain_code(self) -> str | None:
        """The four digits in a receipts file (OWN DESIGN), or None where the channel has none."""
        return CHAIN_CODE_OF_CHANNEL.get(self)


CODE_OF_CHANNEL = {
    Channel.MOBILE_BANKING: "MRB",
    Channel.MOBILE_CREDIT: "MRC",
    Channel.PAYEASY: "PEZ",
    Channel.CONVENIENCE: "CVS",
    Channel.APP_MONEY: "APP",
    Channel.WARD_COUNTER: "KUC",
    Channel.BRANCH_OFFICE: "SHU",
    Channel.BANK_COUNTER: "BNK",
    Channel.DIRECT_DEBIT: "KFR",
    Channel.PENSION_DEDUCTION: "TOK",
}
CHANNEL_OF_CODE = {code: channel for channel, code in CODE_OF_CHANNEL.items()}

# OWN DESIGN: the CVS chain codes by which Mobile Regi receipts are told apart in a 120-byte file.
CHAIN_CODE_OF_CHANNEL = {Channel.MOBILE_BANKING: "9001", Channel.MOBILE_CREDIT: "9002"}
CHANNEL_OF_CHAIN_CODE = {code: channel for channel, code in CHAIN_CODE_OF_CHANNEL.items()}


def channel_of_code(code: str) -> Channel:
    """Return the channel of a three-letter code; raise KeyProblem(unknown_channel_code)."""
    channel = CHANNEL_OF_CODE.get(code)
    if channel is None:
        raise KeyProblem("unknown_channel_code", "no channel has this three-letter code")
    return channel


def channel_of_chain_code(code: str) -> Channel:
    """Return the channel of a CVS chain code; raise KeyProblem(unknown_chain_code)."""
    channel = CHANNEL_OF_CHAIN_CODE.get(code)
    if channel is None:
        raise KeyProblem("unknown_chain_code", "no channel has this CVS chain code")
    return channel
