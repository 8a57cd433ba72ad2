"""Of two clerks the one who has not prepared a file lets it go, by the hash that was listed."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.kit.clock import machine_now
from shared.kit.ids import new_id
from shared.wire.billing_releases import LIST_UPLOADS, UploadsPage, UploadView
from simulation.access import Password
from simulation.clerks import release_uploads


@dataclass
class WardDoor:
    """A ward's door with some files that wait, and who released which."""

    waiting: tuple[UploadView, ...]
    released: list[tuple[str, str]] = field(default_factory=list)
    staff = {  # noqa: RUF012 - as in Access
        "clerk": ("staff-01", Password("clerk-01", "-")),
        "second_clerk": ("staff-02", Password("clerk-02", "-")),
    }

    async def staff_asks(self, role, arrow, question=None, **_: object):
        if arrow is LIST_UPLOADS:
            return UploadsPage(uploads=self.waiting, next_after=None)
        self.released.append((role, question.sha256))
        return self.waiting[0]


def upload(prepared_by: str, sha256: str) -> UploadView:
    return UploadView(
        upload_id=new_id(),
        file_sequence=1,
        state="BUILT",
        sha256=sha256,
        record_count=1,
        adds=1,
        changes=0,
        deletes=0,
        unwanted=0,
        total_yen=1000,
        prepared_by=prepared_by,
        prepared_at=machine_now(),
        released_by=None,
        released_at=None,
        sent_at=None,
    )


async def test_nobody_of_the_simulation_releases_what_he_has_prepared() -> None:
    waiting = upload("terminal-01", "a" * 64), upload("clerk-02", "b" * 64)
    door = WardDoor(waiting)
    assert await release_uploads(door) == 2
    assert door.released == [("second_clerk", "a" * 64), ("clerk", "b" * 64)]
