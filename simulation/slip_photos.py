"""A slip as the payer's camera sees it, and the app that reads its bars (by zxing-cpp).

Knows the printed barcode and nothing of what stands behind it; nothing unsure is ever passed on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import zxingcpp

from shared.keys.barcode import APPLICATION_IDENTIFIER, demand_barcode_form
from shared.keys.problems import KeyProblem

Picture: TypeAlias = npt.NDArray[np.uint8]
"""Rows of grey pixels, 0 black to 255 white."""
Light: TypeAlias = npt.NDArray[np.floating[Any]]

DOTS_PER_MODULE: Final = 3  # a module is 0.158 to 0.190 mm (DOMAIN §1.4)
BAR_ROWS: Final = 160  # at least 10 mm high
MARGIN: Final = 60  # white paper around the bars, more than the quiet zone of 2.54 mm
WHITE: Final = 255
TILE: Final = 60  # pixels: wide enough to hold paper, narrow enough for a shadow's edge
PAPER_PERCENT: Final = 90
TURNS_DEGREES: Final = (0.0, 10.0, -10.0, 20.0, -20.0, 30.0, -30.0)
SYMBOLS: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.Code128)
GS1_128: Final = "]C1"  # symbology identifier: Code 128 with FNC1 in first place (ISO/IEC 15424)


class PhotoUnreadable(Exception):  # noqa: N818 - named as a fact
    """The photo does not show exactly one whole barcode of a slip: take another one, or type it."""


@dataclass(frozen=True)
class Wear:
    """What lies between a clean print and a photo; nothing by default.

    noise: standard deviation in grey levels. blur: radius in pixels. tilt_degrees: clockwise.
    shadow: the share of light (0 to 1) that is missing at the right edge. torn: the share of the
    bars (0 to 1) that is gone, from the right.
    """

    noise: float = 0.0
    blur: int = 0
    tilt_degrees: float = 0.0
    shadow: float = 0.0
    torn: float = 0.0


def draw_slip(barcode: str) -> Picture:
    """Return the bars of 44 digits on white paper: start C, FNC1, 22 pairs, check (DOMAIN §1.4).

    Digits that are no whole barcode are refused with KeyProblem.
    """
    demand_barcode_form(barcode)
    content = f"({APPLICATION_IDENTIFIER}){barcode[len(APPLICATION_IDENTIFIER) :]}"
    symbol = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.Code128, gs1=True)
    drawn = np.array(zxingcpp.write_barcode_to_image(symbol, add_quiet_zones=False), dtype=np.uint8)
    modules = drawn[drawn.shape[0] // 2]
    bars = np.tile(np.repeat(modules, DOTS_PER_MODULE), (BAR_ROWS, 1))
    return np.pad(bars, MARGIN, constant_values=WHITE)


def photograph(slip: Picture, wear: Wear, *, seed: int = 0) -> Picture:
    """Return a slip as a camera would have taken it; the same seed gives the same picture."""
    seen: Light = slip.astype(np.float32)
    if wear.torn:
        seen[:, seen.shape[1] - MARGIN - round((seen.shape[1] - 2 * MARGIN) * wear.torn) :] = WHITE
    seen = _tilted(seen, wear.tilt_degrees)
    seen = _blurred(seen, wear.blur)
    seen = seen * np.linspace(1.0, 1.0 - wear.shadow, seen.shape[1], dtype=np.float32)
    seen = seen + np.random.default_rng(seed).normal(0.0, 1.0, seen.shape) * wear.noise
    return np.clip(np.rint(seen), 0, WHITE).astype(np.uint8)


def read_photo(picture: Picture) -> str:
    """Return the 44 digits of the one slip that a photo shows, or raise PhotoUnreadable.

    The light is evened out and the picture turned a little, until bars are found. Three checks
    stand between a photo and a wrong number: the symbol's own (modulus 103), that it is GS1-128,
    and the digits' own check digit.
    """
    even = _evened(picture.astype(np.float32))
    for degrees in TURNS_DEGREES:
        turned = np.rint(_tilted(even, degrees)).astype(np.uint8)
        found = zxingcpp.read_barcodes(turned, formats=SYMBOLS)
        digits = {_digits_of(symbol) for symbol in found}
        if len(digits) == 1:
            return digits.pop()
        if digits:
            raise PhotoUnreadable
    raise PhotoUnreadable


def _digits_of(symbol: Any) -> str:  # noqa: ANN401 - the library's own object
    if symbol.symbology_identifier != GS1_128:
        raise PhotoUnreadable
    digits = str(symbol.bytes, "ascii", "replace")
    try:
        demand_barcode_form(digits)
    except KeyProblem as problem:
        raise PhotoUnreadable from problem
    return digits


def _evened(seen: Light) -> Light:
    """Return the picture as if the light were the same everywhere: each tile's paper is white."""
    height, width = seen.shape
    rows, columns = -(-height // TILE), -(-width // TILE)
    whole = np.pad(seen, ((0, rows * TILE - height), (0, columns * TILE - width)), mode="edge")
    tiles = whole.reshape(rows, TILE, columns, TILE)
    paper = np.percentile(tiles, PAPER_PERCENT, axis=(1, 3), keepdims=True)
    return np.clip(tiles * (WHITE / np.maximum(paper, 1.0)), 0, WHITE).reshape(whole.shape)


def _blurred(seen: Light, radius: int) -> Light:
    """Return the mean over a square of 2 * radius + 1 pixels around each pixel."""
    for axis in (0, 1):
        edge = [(radius, radius) if a == axis else (0, 0) for a in (0, 1)]
        padded = np.pad(seen, edge, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1, axis=axis)
        seen = windows.mean(axis=-1)
    return seen


def _tilted(seen: Light, degrees: float) -> Light:
    """Return the paper turned around its middle, on a white table that is large enough."""
    if degrees == 0:
        return seen
    angle = np.deg2rad(degrees)
    height, width = seen.shape
    side = int(np.ceil(np.hypot(height, width)))
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    down, right = rows - (rows.shape[0] - 1) / 2, columns - (rows.shape[1] - 1) / 2
    from_row = np.cos(angle) * down - np.sin(angle) * right + (height - 1) / 2
    from_column = np.sin(angle) * down + np.cos(angle) * right + (width - 1) / 2
    return _sampled(seen, from_row, from_column)


def _sampled(
    seen: Light,
    rows: Light,
    columns: Light,
) -> Light:
    """Return the picture's value at each place, between its four neighbours; white outside."""
    table = np.pad(seen, 1, constant_values=WHITE)
    row = np.clip(rows + 1, 0, table.shape[0] - 2)
    column = np.clip(columns + 1, 0, table.shape[1] - 2)
    top, left = np.floor(row).astype(int), np.floor(column).astype(int)
    below, beside = row - top, column - left
    upper = table[top, left] * (1 - beside) + table[top, left + 1] * beside
    lower = table[top + 1, left] * (1 - beside) + table[top + 1, left + 1] * beside
    blended: Light = upper * (1 - below) + lower * below
    return blended
