"""The check of a collected file before it is handed over: hash, size, structure, totals, number."""

from __future__ import annotations

import hashlib

from services.ward_gateway.domain.intakes import Intake
from services.ward_gateway.usecases.read_received_files import Readers, ReceivedFile


def problems_of(intake: Intake, content: bytes, readers: Readers) -> tuple[str, ...]:
    """Return everything that is wrong with a file, without any value; nothing wrong: empty."""
    problems = []
    if len(content) != intake.size_bytes:
        problems.append("line 0 file size_bytes: size_differs_from_list")
    if hashlib.sha256(content).hexdigest() != intake.sha256:
        problems.append("line 0 file sha256: hash_differs_from_list")
    reader = readers.get(intake.kind)
    if reader is None:
        return (*problems, "line 0 file kind: kind_unknown")
    file = reader(content)
    return (*problems, *file.problems, *_against_list(intake, file))


def _against_list(intake: Intake, file: ReceivedFile) -> list[str]:
    """Compare what was computed with what travelled beside the file (DESIGN rule 7)."""
    problems = []
    if file.record_count != intake.record_count:
        problems.append("line 0 file record_count: count_differs_from_list")
    if file.total_yen is not None and file.total_yen != intake.total_yen:
        problems.append("line 0 file total_yen: total_differs_from_list")
    if file.sequence is not None and file.sequence != intake.sequence:
        problems.append("line 0 file file_sequence: number_differs_from_list")
    return problems
