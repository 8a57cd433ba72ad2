"""Check digits of the trade: modulus 10 weight 3, ISO 7064 MOD 97-10, and the two of the OCR lines.

Knows digits only; which key they belong to is known by the module of that key.
"""

from __future__ import annotations

from itertools import cycle

from shared.keys.problems import KeyProblem

_ZERO = ord("0")


def _as_digits(text: str) -> bytes:
    if not (text.isascii() and text.isdigit()):
        raise KeyProblem("not_digits", "a check digit is computed over ASCII digits only")
    return text.encode("ascii")


def modulus_10_weight_3(text: str) -> int:
    """Return the GS1 check digit: weights 3, 1, 3 … from the rightmost digit (DOMAIN §1.2)."""
    digits = _as_digits(text)
    heavy, light = digits[::-2], digits[-2::-2]
    total = 3 * (sum(heavy) - _ZERO * len(heavy)) + sum(light) - _ZERO * len(light)
    return -total % 10


def modulus_10_weight_3_holds(text: str) -> bool:
    """Tell whether a number that ends in its GS1 check digit is whole."""
    digits = _as_digits(text)
    light, heavy = digits[::-2], digits[-2::-2]
    return (sum(light) + 3 * sum(heavy) - _ZERO * (len(light) + 3 * len(heavy))) % 10 == 0


def mod_97_10(text: str) -> str:
    """Return the two ISO 7064 MOD 97-10 check digits: number with them appended mod 97 = 1."""
    return f"{98 - int(_as_digits(text)) * 100 % 97:02d}"


def mod_97_10_holds(text: str) -> bool:
    """Tell whether a number that ends in its two MOD 97-10 check digits is whole."""
    return int(_as_digits(text)) % 97 == 1


def ocr_check_digits(body: str) -> str:
    """Return CD1 CD2 of an OCR line's body (37 or 42 digits; DOMAIN §2.2)."""
    digits = [digit - _ZERO for digit in _as_digits(body)]
    even, odd = digits[0::2], digits[1::2]
    falling = cycle((9, 8, 7, 6, 5, 4, 3, 2))
    rising = cycle((3, 4, 5, 6, 7, 8, 9, 2))
    second = (_weighted(even, falling) + sum(odd)) % 10
    first = (2 * second + _weighted(odd, rising) + sum(even)) % 11 % 10
    return f"{first}{second}"


def _weighted(digits: list[int], weights: cycle[int]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False))
