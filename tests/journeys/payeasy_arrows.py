"""The story of every arrow of Pay-easy: how it comes to fly, and who asks again.

`in_scope` is read from the code, so an arrow at the centre's doors without a story fails a test;
how to add one stands in tests/journeys/arrows.py. `prepare` makes the occasion with nothing broken;
`act` does the one thing in whose course the arrow flies, as its caller would, until it is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

from deploy.installation import INSTITUTION
from services.ward_gateway.usecases.upload_billing import TRIES
from shared.kit.arrow import AnyArrow
from shared.wire.billing_uploads import READ_BILLING_FILE, UPLOAD_BILLING
from shared.wire.doors import ARROWS, LGWAN_ASP, LOG_IN, WARD_GATEWAY, WHOAMI
from shared.wire.file_collection import AT_CENTRE
from shared.wire.payeasy import CANCEL_RECEIPT, INQUIRE, NOTIFY
from shared.wire.payeasy_bulk import NOTIFY_IN_BULK
from shared.wire.payeasy_totals import TELL_DAILY_TOTALS
from simulation.bank_habits import DEMO_BANKS, IN_BULK, PATIENT
from simulation.banks import ATM_CASH, Banks
from simulation.books import Taking
from simulation.clerks import release_uploads
from simulation.rehearsal import make_and_import_ward
from tests.support.breakages import Action, Story, check_peers
from tests.support.world import World

PATIENT_BANK = next(bank for bank in DEMO_BANKS.values() if bank.habit is PATIENT)
COUNTER_BANK = next(bank for bank in DEMO_BANKS.values() if bank.habit is IN_BULK)
COUNTER_PAYMENTS = 3
PAYS_BY_SLIP = 2
"""A seed whose first household pays by slip, not by direct debit."""
_FREE_NOTICES = count(1_000)


def in_scope() -> dict[str, AnyArrow]:
    """Return every arrow that ends at the centre, but for its operator's, as declared now."""
    at_centre = [a for a in ARROWS if a.callee == LGWAN_ASP and a.door != "operator"]
    return {arrow.name: arrow for arrow in at_centre}


def banks_of(world: World) -> Banks:
    """Return the banks of a world, with the demo's habits."""
    return world.walk.banks


async def pay_at(world: World, bank_code: str) -> Taking:
    """Let a payer pay a new slip at a bank."""
    slip = world.new_slip()
    number = world.mesh.books.allot_number(bank_code)
    return await banks_of(world).pay(
        slip.keys,
        bank_code=bank_code,
        medium=ATM_CASH,
        at=world.now,
        trace=f"{number:08d}",
        printed_yen=slip.amount_yen,
    )


# What banks do.


async def pay(world: World, _: object) -> None:
    await pay_at(world, PATIENT_BANK.code)


async def leave_a_payment_to_cancel(world: World) -> Taking:
    return await pay_at(world, PATIENT_BANK.code)


async def cancel(world: World, taking: Taking) -> None:
    await banks_of(world).cancel(taking)


async def leave_a_day_of_counter_payments(world: World) -> None:
    for _ in range(COUNTER_PAYMENTS):
        await pay_at(world, COUNTER_BANK.code)


async def tell_in_bulk(world: World, _: object) -> None:
    due = COUNTER_BANK.habit.tells_at(world.now)
    assert len(await banks_of(world).tell_due(due)) == COUNTER_PAYMENTS


async def leave_a_day_to_sum_up(world: World) -> None:
    await pay_at(world, PATIENT_BANK.code)


async def tell_totals(world: World, _: object) -> None:
    results = await banks_of(world).tell_totals(world.today, INSTITUTION)
    assert results[PATIENT_BANK.code] == "00"


async def bank_asks_who_it_is(world: World, _: object) -> None:
    arrow = WHOAMI[LGWAN_ASP, "mpn"]
    client = world.mesh.access.at(PATIENT_BANK.caller, arrow)
    answer = await world.mesh.access.patiently(lambda: client.ask(arrow))
    assert answer.caller == PATIENT_BANK.caller


# What the ward's terminal does.


async def leave_slips_to_upload(world: World) -> None:
    """A file is prepared, and a second clerk has released it."""
    notice = next(_FREE_NOTICES)
    views = await make_and_import_ward(world.mesh.access, PAYS_BY_SLIP, 1, first_notice=notice)
    assert str(100_000_000 + notice) in {view.notice_number for view in views}, "no slip"
    await world.run(WARD_GATEWAY, "prepare_billing")
    assert await release_uploads(world.mesh.access) == 1


async def upload(world: World, _: object) -> None:
    await world.run(WARD_GATEWAY, "upload_billing")


async def leave_an_upload_without_an_answer(world: World) -> None:
    """The answer was lost, and so was every question about it in that run."""
    await leave_slips_to_upload(world)
    lost = world.net.break_arrow(UPLOAD_BILLING, "answer_lost")
    silent = world.net.break_arrow(READ_BILLING_FILE, "question_lost", times=TRIES)
    await world.run_once(WARD_GATEWAY, "upload_billing")
    assert (lost.struck, silent.struck) == (1, TRIES)


async def leave_files_to_collect(world: World) -> None:
    await pay_at(world, PATIENT_BANK.code)
    await world.run(LGWAN_ASP, "build_preliminary_file")


async def leave_files_to_a_new_terminal(world: World) -> None:
    """A ward whose process is new has no token left: its terminal must log in."""
    await leave_files_to_collect(world)
    await world.restart(WARD_GATEWAY)


async def collect(world: World, _: object) -> None:
    await world.run(WARD_GATEWAY, "collect_lgwan")


BOTH = (LGWAN_ASP, WARD_GATEWAY)
PAYMENT = Action("pay at a bank", pay, processes=(LGWAN_ASP,))
CANCELLATION = Action("cancel", cancel, leave_a_payment_to_cancel, (LGWAN_ASP,))
BATCH = Action("tell in bulk", tell_in_bulk, leave_a_day_of_counter_payments, (LGWAN_ASP,))
TOTALS = Action("tell daily totals", tell_totals, leave_a_day_to_sum_up, (LGWAN_ASP,))
UPLOAD = Action("upload billing data", upload, leave_slips_to_upload, BOTH)
QUESTION = Action("ask about an upload", upload, leave_an_upload_without_an_answer, (WARD_GATEWAY,))
COLLECTION = Action("collect files", collect, leave_files_to_collect, BOTH)
FIRST_COLLECTION = Action("log in and collect", collect, leave_files_to_a_new_terminal)
MORTAL_ACTIONS = (PAYMENT, CANCELLATION, BATCH, TOTALS, UPLOAD, QUESTION, COLLECTION)

_STORIES = (
    Story(INQUIRE, (PAYMENT,)),
    Story(NOTIFY, (PAYMENT,)),
    Story(CANCEL_RECEIPT, (CANCELLATION,)),
    Story(NOTIFY_IN_BULK, (BATCH,)),
    Story(TELL_DAILY_TOTALS, (TOTALS,)),
    Story(UPLOAD_BILLING, (UPLOAD,)),
    Story(READ_BILLING_FILE, (QUESTION,)),
    Story(AT_CENTRE.list_files, (COLLECTION,)),
    Story(AT_CENTRE.collect_file, (COLLECTION,)),
    Story(AT_CENTRE.acknowledge_file, (COLLECTION,)),
    Story(LOG_IN[LGWAN_ASP, "lgwan"], (FIRST_COLLECTION,)),
    Story(
        WHOAMI[LGWAN_ASP, "lgwan"],
        (Action("look at the ward's peers", check_peers(WARD_GATEWAY, LGWAN_ASP)),),
    ),
    Story(WHOAMI[LGWAN_ASP, "mpn"], (Action("who am I", bank_asks_who_it_is),)),
)
STORIES: Mapping[str, Story] = {story.arrow.name: story for story in _STORIES}
