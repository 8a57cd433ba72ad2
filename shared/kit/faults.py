"""Faults above TLS, for the sandbox only: a question lost unread, an answer lost after commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Moment = Literal["before", "after"]


@dataclass
class Fault:
    """Drop the connection of an arrow's next `times` calls, before or after they were handled."""

    arrow: str
    moment: Moment
    times: int = 1


@dataclass
class Faults:
    """The faults that are still to happen in this process."""

    planned: list[Fault] = field(default_factory=list)

    def plan(self, fault: Fault) -> None:
        """Add a fault behind those that are waiting."""
        self.planned.append(fault)

    def clear(self) -> None:
        """Forget every fault that has not happened yet."""
        self.planned.clear()

    def strikes(self, arrow: str, moment: Moment) -> bool:
        """Say whether a fault strikes here, and use it up if it does."""
        for fault in self.planned:
            if fault.arrow == arrow and fault.moment == moment and fault.times > 0:
                fault.times -= 1
                if fault.times == 0:
                    self.planned.remove(fault)
                return True
        return False
