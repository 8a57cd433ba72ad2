"""The single-byte character set of the fixed-length files: JIS X 0201, upper case and kana.

Knows which characters may stand in a C field and how they become bytes; lower case, full width and
control characters may not, and nothing is converted silently.
"""

from __future__ import annotations

import re

# Symbols: those of the Zengin files, and the few that invented office and payer names need.
_SYMBOLS = "()-./,&'*+:"
KANA_FIRST, _KANA_LAST = 0xA1, 0xDF
KANA_TO_UNICODE = 0xFF61 - KANA_FIRST
YEN_SIGN_BYTE, YEN_SIGN = 0x5C, "¥"

# The image of a record is its bytes as characters 0-255 (Latin-1): one decode for the whole record,
# and only C fields with kana pay for a translation.
_TO_UNICODE = {byte: byte + KANA_TO_UNICODE for byte in range(KANA_FIRST, _KANA_LAST + 1)} | {
    YEN_SIGN_BYTE: ord(YEN_SIGN)
}

_PLAIN = "0-9A-Z" + re.escape(_SYMBOLS)
IMAGE_PATTERN = rf"{_PLAIN}\\\xa1-\xdf"
# One character that may stand in a C field, as a pattern over text.
CHARACTER_PATTERN = rf"[ {_PLAIN}¥\uff61-\uff9f]"
_ALLOWED = re.compile(f"{CHARACTER_PATTERN}*")


def is_allowed(text: str) -> bool:
    """Tell whether every character of `text` may stand in a C field."""
    return _ALLOWED.fullmatch(text) is not None


def to_image(text: str) -> str:
    """Turn allowed text into its byte image; ValueError for a character that may not stand here."""
    if not is_allowed(text):
        raise ValueError("outside_character_set")
    # The single bytes of Shift JIS are JIS X 0201; its codec is far quicker than a translation.
    return text if text.isascii() else text.encode("shift_jis").decode("latin-1")


def from_image(image: str) -> str:
    """Turn a byte image back into text: kana bytes become half-width kana, 0x5C the yen sign."""
    if image.isascii() and "\\" not in image:
        return image
    return image.translate(_TO_UNICODE)
