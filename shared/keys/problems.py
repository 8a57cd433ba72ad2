"""What is wrong with a key. Knows the kinds of faults, not who asked or what is done about them."""

from __future__ import annotations


class KeyProblem(Exception):  # noqa: N818 - named as what it is
    """A key that cannot be read or built; `code` is stable, `detail` never repeats it."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}")


def is_digits(text: str, width: int) -> bool:
    """Tell whether `text` is exactly `width` ASCII digits (full-width ones are no digits here)."""
    return len(text) == width and text.isascii() and text.isdigit()


def demand_digits(text: object, width: int, *, name: str, code: str) -> None:
    """Raise KeyProblem(`code`) unless `text` is exactly `width` ASCII digits."""
    if not (isinstance(text, str) and is_digits(text, width)):
        raise KeyProblem(code, f"{name} must be exactly {width} digits")


def demand_range(value: object, first: int, last: int, *, name: str, code: str) -> None:
    """Raise KeyProblem(`code`) unless `value` is a whole number from `first` to `last`."""
    if isinstance(value, bool) or not isinstance(value, int) or not first <= value <= last:
        raise KeyProblem(code, f"{name} must be a whole number from {first} to {last}")
