"""All formats as the generic tests see them, each with its invented file."""

from __future__ import annotations

from tests.unit.shared.files.invented_receipts import SHUNO
from tests.unit.shared.files.invented_records import BILLING, CENTRE_RECEIPTS, DEPOSITS, RECEIPTS
from tests.unit.shared.files.invented_rows import CHOUTEI, COMMISSIONS, RESULTS
from tests.unit.shared.files.invented_tables import TABLES
from tests.unit.shared.files.invented_zengin_and_shops import ZENGIN_AND_SHOPS

FORMATS = [RECEIPTS, BILLING, CENTRE_RECEIPTS, DEPOSITS, CHOUTEI, COMMISSIONS, RESULTS]
FORMATS += [*ZENGIN_AND_SHOPS, *TABLES, SHUNO]
