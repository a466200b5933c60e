"""Counts of a region's verdicts: by grade, by standard, by industry, each in one query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from nenghao.hub.quotas.models import GradeWord, Verdict


@dataclass(slots=True)
class Counted:
    """How many verdicts of one kind came to which grade; ``doubted`` of them do not decide."""

    name: str
    grades: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GradeWord.values, 0))
    doubted: int = 0

    @property
    def total(self) -> int:
        """All verdicts."""
        return sum(self.grades.values())

    @property
    def judged(self) -> int:
        """Those with a grade."""
        return self.total - self.grades[GradeWord.CANNOT_JUDGE]

    @property
    def cells(self) -> list[int]:
        """The counts in the order of the grades."""
        return list(self.grades.values())


def grade_counts(rows: QuerySet[Verdict]) -> Counted:
    """Count all."""
    found = Counted("")
    _add(
        found,
        rows.order_by().values_list("grade").annotate(count=Count("pk"), doubted=Count("pk", filter=Q(decides=False))),
    )
    return found


def by_standard(rows: QuerySet[Verdict]) -> list[Counted]:
    """Count by standard and edition."""
    return _by(rows, "standard")


def by_industry(rows: QuerySet[Verdict]) -> list[Counted]:
    """Count by industry."""
    return _by(rows, "enterprise__industry__name")


def _by(rows: QuerySet[Verdict], name: str) -> list[Counted]:
    found: dict[str, Counted] = {}
    counted = (
        rows.order_by()
        .values_list(name, "grade")
        .annotate(count=Count("pk"), doubted=Count("pk", filter=Q(decides=False)))
    )
    for key, grade, count, doubted in counted:
        _add(found.setdefault(key or "–", Counted(key or "–")), [(grade, count, doubted)])
    return sorted(found.values(), key=lambda one: (-one.total, one.name))


def _add(found: Counted, rows: Iterable[tuple[str, int, int]]) -> None:
    for grade, count, doubted in rows:
        found.grades[grade] += count
        found.doubted += doubted
