"""Faults that ``conformance serve --faults`` injects into uploads, and whether the gateway sent everything again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Fault = Literal["refusal", "error", "timeout", "lost"]
KINDS: tuple[Fault, ...] = ("refusal", "error", "timeout", "lost")
Key = tuple[str, str, str]


@dataclass(slots=True)
class Faults:
    """One fault of each kind, every third upload; ``waiting`` are the records each one cost."""

    enabled: bool
    uploads: int = 0
    waiting: dict[Fault, set[Key]] = field(default_factory=dict)

    def next(self) -> Fault | None:
        """Tell what shall befall the upload that has just come."""
        self.uploads += 1
        number, rest = divmod(self.uploads, 3)
        return KINDS[number] if self.enabled and rest == 2 and number < len(KINDS) else None

    def cost(self, fault: Fault, keys: set[Key]) -> None:
        """Remember which records met the fault."""
        self.waiting[fault] = set(keys)

    def arrived(self, keys: set[Key]) -> None:
        """Records came again and were answered well."""
        for left in self.waiting.values():
            left.difference_update(keys)
