"""How often one client address may ask one question: a bucket per address, in machine time.

Knows no route and no business. It lives in one process: each copy of a service counts for itself.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

SECOND: Final = 1_000_000_000  # machine nanoseconds: whole numbers, so nothing is rounded away
MINUTE: Final = 60 * SECOND
PER_MINUTE_MAX: Final = 60_000
ADDRESSES_MAX: Final = 100_000
IPV6_PREFIX: Final = 64
NO_ADDRESS: Final = "none"


class AddressLimit:
    """A bucket of `per_minute` calls for every address; it fills again evenly over a minute.

    What is kept of an address is one instant: when its bucket will be full again. Of more than
    addresses_max addresses the one that asked least recently is forgotten.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        now_ns: Callable[[], int] = time.monotonic_ns,
        addresses_max: int = ADDRESSES_MAX,
    ) -> None:
        """per_minute: calls, 1 to 60,000; now_ns: machine nanoseconds that never go back."""
        if not 1 <= per_minute <= PER_MINUTE_MAX:
            raise ValueError(f"a limit per address is 1 to {PER_MINUTE_MAX} calls a minute")
        self.per_minute = per_minute
        self._call_ns = MINUTE // per_minute
        self._now_ns, self._addresses_max = now_ns, addresses_max
        self._full_at: OrderedDict[str, int] = OrderedDict()

    @property
    def addresses_kept(self) -> int:
        """Return of how many addresses something is known."""
        return len(self._full_at)

    def wait_seconds(self, address: str | None) -> int:
        """Take one call from the address's bucket; return 0, or whole seconds until there is one.

        A call that must wait takes nothing: who asks too often is not shut out for longer.
        """
        now, key = self._now_ns(), bucket_of(address)
        full_at = max(self._full_at.get(key, now), now) + self._call_ns
        missing_ns = full_at - now - MINUTE
        if missing_ns <= 0:
            self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._addresses_max:
            self._full_at.popitem(last=False)
        return max(-(-missing_ns // SECOND), 0)


def bucket_of(address: str | None) -> str:
    """Return whose bucket an address uses: an IPv4 address its own, an IPv6 address its /64.

    A subscriber of IPv6 is given a whole /64 (RFC 6177), and could ask from another address each
    time. What is no address (a socket without one) shares a single bucket.
    """
    try:
        read = ipaddress.ip_address(address or "")
    except ValueError:
        return NO_ADDRESS
    if isinstance(read, ipaddress.IPv4Address):
        return str(read)
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(read), IPV6_PREFIX), strict=False))
