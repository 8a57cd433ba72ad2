"""Take the provider's list of a day's card payments, and find where our commissions differ."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from services.card_agent.domain.differences import (
    Difference,
    DifferenceKind,
    Page,
    compare,
)
from services.card_agent.domain.refusals import PaymentListDiffers, PaymentListIncomplete
from services.card_agent.store.unit_of_work import UnitOfWork
from shared.kit.ids import new_id
from shared.kit.logs import logger


async def take_payment_list(page: Page, *, open_unit_of_work: Callable[[], UnitOfWork]) -> int:
    """Keep one page and return how many differences of its day stand open now.

    With the last page the day is compared, and every open difference of any day is looked at
    again: one whose cause is gone is resolved. Page, differences and resolutions are one
    transaction. The same page again changes nothing. Refuses PaymentListDiffers (another content
    in its place) and PaymentListIncomplete (the page before it is missing, or was the last).
    """
    async with open_unit_of_work() as work:
        if await work.payment_lists.sha256_of(page) is None:
            if not await work.payment_lists.may_follow(page):
                raise PaymentListIncomplete
            if await work.payment_lists.add_page(page):
                if page.is_last:
                    await _compare(work, page.day)
                    await _look_again(work)
                await work.commit()
        if await work.payment_lists.sha256_of(page) != page.sha256:
            raise PaymentListDiffers
        return len(await work.differences.open_ones(page.day))


async def _found(work: UnitOfWork, day: date) -> list[Difference]:
    """Return what differs between the newest whole list of a day and our commissions."""
    theirs = await work.payment_lists.newest_whole(day)
    if theirs is None:
        return []
    ours = await work.authorisations.takings_of_day(day)
    found = []
    for id_, kind in sorted(compare(ours, theirs).items()):
        our, their = ours.get(id_), theirs.get(id_)
        shown = our or their
        assert shown is not None, f"authorisation {id_}"  # noqa: S101 - it is in one of the two
        found.append(
            Difference(
                id=new_id(),
                authorisation_id=id_,
                kind=kind,
                day=day,
                municipality=shown.municipality,
                our_yen=our.amount_yen if our else None,
                their_yen=their.amount_yen if their else None,
                found_at=work.clock.now(),
            )
        )
    return found


async def _compare(work: UnitOfWork, day: date) -> None:
    for difference in await _found(work, day):
        if await work.differences.add(difference):
            logger().error(
                "difference_found",
                authorisation=str(difference.authorisation_id),
                kind=difference.kind.value,
            )


async def _look_again(work: UnitOfWork) -> None:
    """Resolve open differences whose cause is gone, on whatever day."""
    standing = await work.differences.open_ones()
    for day in sorted({difference.day for difference in standing}):
        still = {_key(difference) for difference in await _found(work, day)}
        for difference in standing:
            if difference.day == day and _key(difference) not in still:
                await work.differences.resolve(difference, None, None)


def _key(difference: Difference) -> tuple[object, DifferenceKind]:
    return difference.authorisation_id, difference.kind
