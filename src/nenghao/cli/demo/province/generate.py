"""The whole province, made from a seed: plan, series, faults, papers. Pure: no clock, no disk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from nenghao.cli.demo.province.books import Books, break_books, make_books
from nenghao.cli.demo.province.faults import inject
from nenghao.cli.demo.province.plan import PROVINCE, Plan, make_plan
from nenghao.cli.demo.province.sent import Sent, make_sent
from nenghao.cli.demo.province.series import make_series
from nenghao.cli.demo.province.truth import Fault

ENTERPRISES = 200
SEED = 2026


@dataclass(frozen=True, slots=True)
class Province:
    """Everything that is loaded, and the truth about what is wrong in it."""

    plan: Plan
    sent: list[Sent]
    books: list[Books]
    faults: list[Fault]

    @property
    def facts(self) -> dict[str, object]:
        """What the truth file says of the province itself."""
        return {
            "province": PROVINCE, "seed": self.plan.seed, "enterprises": len(self.plan.enterprises),
            "first_day": self.plan.first.isoformat(), "last_day": self.plan.last.isoformat(),
        }  # fmt: skip


def generate(*, enterprises: int = ENTERPRISES, seed: int = SEED, last: date, days: int = 365) -> Province:
    """Make the province that ends on ``last``; the same arguments give the same bytes."""
    plan = make_plan(enterprises=enterprises, seed=seed, last=last, days=days)
    sent = [make_sent(plan, row, make_series(plan, row)) for row in plan.enterprises if row.connected]
    faults = inject(plan, sent)
    books = [make_books(plan, one) for one in sent]
    faults += break_books(plan, books)
    return Province(plan, sent, books, faults)
