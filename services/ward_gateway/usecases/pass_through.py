"""Receipts of app banking go on to the standard system byte for byte, once they are sound.

No change to the ward's present system: the paper demands it (BOOKS §1.13). No store, no temporary
file: the source is read twice, first by the reader, then as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from services.ward_gateway.usecases.check_then_write import Converted, OpenSource
from shared.files.framing import blocks_of
from shared.files.mobile_regi_receipts import Receipt, read_receipts
from shared.files.problems import FileProblem, FileRefused
from shared.keys.channels import Channel

# Record 1 of the file is its header.
FIRST_RECEIPT_LINE = 2


def pass_through(open_source: OpenSource) -> Converted:
    """Check a 120-byte receipts file, then yield its very bytes; problems first.

    A structural problem: no byte. So too if its channel is not Mobile Regi app banking
    (not_app_banking): the other channels go through the core. A source whose bytes are others at
    the second reading ends in FileRefused (source_changed). Memory does not grow with the file.
    """
    checked, passed = hashlib.sha256(), hashlib.sha256()
    refused = False
    for problem in _problems(_noted(open_source, checked)):
        refused = refused or problem.structural
        yield problem
    if refused:
        return
    yield from _noted(open_source, passed)
    if passed.digest() != checked.digest():
        raise FileRefused([FileProblem(0, "file", None, "sha256", "source_changed", "")])


def _noted(open_source: OpenSource, file_hash: hashlib._Hash) -> Iterator[bytes]:
    for block in blocks_of(open_source()):
        file_hash.update(block)
        yield block


def _problems(blocks: Iterator[bytes]) -> Iterator[FileProblem]:
    told = False
    for item in read_receipts(blocks):
        if isinstance(item, FileProblem):
            yield item
        elif isinstance(item, Receipt) and item.channel is not Channel.MOBILE_BANKING and not told:
            told = True
            shown = item.channel.value
            yield FileProblem(FIRST_RECEIPT_LINE, "data", None, "channel", "not_app_banking", shown)
