"""A ward asks what became of an upload, so that a lost answer is asked for and never guessed."""

from __future__ import annotations

from services.lgwan_asp.domain.billing_files import BillingFile
from services.lgwan_asp.domain.contracts import Contract
from services.lgwan_asp.domain.refusals import FileNotFound, InstitutionNotYours
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork


async def read_billing_file(
    institution_number: str,
    file_sequence: int,
    *,
    contract: Contract,
    open_unit_of_work: OpenUnitOfWork,
) -> BillingFile:
    """Return the upload, or refuse: InstitutionNotYours, FileNotFound."""
    if institution_number != contract.institution_number:
        raise InstitutionNotYours
    async with open_unit_of_work() as work:
        file = await work.billing_files.find(institution_number, file_sequence)
    if file is None:
        raise FileNotFound
    return file
