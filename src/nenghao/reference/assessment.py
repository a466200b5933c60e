"""Assessment score sheets (考核评分表) as files: groups, items, and how each item earns its points.

A sheet is what its source prints, no more: an item whose text was not reachable keeps its points and is
``unreachable``, and a sheet with such items never gives a grade by itself.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from nenghao.reference.files import FilePart, read_file
from nenghao.reference.model import Status
from nenghao.reference.refusals import ReferenceDataError, cited, known_status

Points = Annotated[float, Meta(ge=0)]
Key = Annotated[str, Meta(pattern="^[a-z0-9]+(_[a-z0-9]+)*$")]


class AllOrNothing(FilePart, frozen=True, tag_field="kind", tag="all_or_nothing"):
    """All points where the fact holds, else none (达标得满分, 否则 0 分)."""

    fact: Key


class Ladder(FilePart, frozen=True, tag_field="kind", tag="ladder"):
    """Points by steps of a measure; steps stand from the best to the worst, each ``[bound, points]``.

    ``comparison`` ``>=``: the first step whose bound is reached; ``<=``: the first whose bound is kept. Beyond all
    steps there are no points.
    """

    measure: Key
    comparison: Literal[">=", "<="]
    steps: tuple[tuple[float, Points], ...]


class Accrual(FilePart, frozen=True, tag_field="kind", tag="accrual"):
    """So many points for each counted thing, up to the item's points (每报一次得 0.5 分)."""

    count: Key
    each: Points


class Deduction(FilePart, frozen=True, tag_field="kind", tag="deduction"):
    """The item's points less so many for each counted thing, down to zero (每项扣 1 分, 扣完为止)."""

    count: Key
    each: Points


class Case(FilePart, frozen=True):
    """One combination of facts and its points."""

    when: dict[str, bool]
    points: Points


class Cases(FilePart, frozen=True, tag_field="kind", tag="cases"):
    """Points by a combination of facts (年度、累计); a combination that is not listed earns none."""

    cases: tuple[Case, ...]


class Linear(FilePart, frozen=True, tag_field="kind", tag="linear"):
    """``constant + slope × measure``, within 0 and the item's points."""

    measure: Key
    constant: float
    slope: float


class JudgedPart(FilePart, frozen=True):
    """One thing that a reviewer judges, with its points."""

    key: Key
    title_zh: str
    title_en: str
    points: Points


class Judged(FilePart, frozen=True, tag_field="kind", tag="judged"):
    """A person judges on evidence, from 0 to the points; with parts, each part."""

    parts: tuple[JudgedPart, ...] = ()


class Unreachable(FilePart, frozen=True, tag_field="kind", tag="unreachable"):
    """The rule's text was not reachable; the item cannot be scored."""


Rule = AllOrNothing | Ladder | Accrual | Deduction | Cases | Linear | Judged | Unreachable


class Bonus(FilePart, frozen=True):
    """Points on top: ``points`` for every whole ``per`` that the measure lies above ``above``, at most ``at_most``."""

    measure: Key
    above: float
    per: Annotated[float, Meta(gt=0)]
    points: Points
    at_most: Points


class SheetItem(FilePart, frozen=True):
    """One item (考核指标) of a sheet. ``may_not_apply``: 不涉及不扣分, it then keeps its full points."""

    key: Key
    group: str
    no: str
    title_zh: str
    title_en: str
    points: Points
    rule: Rule
    status: str
    bonus: Bonus | None = None
    veto: bool = False
    may_not_apply: bool = False
    note: str = ""
    source: str = ""


class GroupPart(FilePart, frozen=True):
    """A group of items with the points that the source prints for it."""

    key: Key
    title_zh: str
    title_en: str
    points: Points | None = None


class GradePart(FilePart, frozen=True):
    """A grade from so many points on."""

    from_points: float
    name_zh: str
    name_en: str


class SheetFile(FilePart, frozen=True):
    """One score sheet. ``region_level``: of which level the regions are that a region sheet assesses; empty, those
    just below the region that assesses.
    """

    key: str
    kind: Literal["assessment"]
    title_zh: str
    title_en: str
    level: Literal["enterprise", "region", "department", "data_centre"]
    source: str
    total: Points
    groups: tuple[GroupPart, ...]
    items: tuple[SheetItem, ...]
    grades: tuple[GradePart, ...] = ()
    grades_status: str = ""
    grades_source: str = ""
    region_level: Literal["", "province", "city", "county"] = ""
    period: str = ""
    note: str = ""


class Sheet(msgspec.Struct, frozen=True):
    """A sheet that was read and checked; items keep the order of the source. See :class:`SheetFile`."""

    key: str
    title_zh: str
    title_en: str
    level: str
    source: str
    total: float
    groups: tuple[GroupPart, ...]
    items: tuple[SheetItem, ...]
    grades: tuple[GradePart, ...]
    grades_status: Status
    grades_source: str
    region_level: str
    period: str
    note: str

    def title(self, language: str) -> str:
        """Give the sheet's title."""
        return self.title_zh if language == "zh" else self.title_en

    @property
    def is_of_regions(self) -> bool:
        """Whether it assesses governments of regions, not enterprises."""
        return self.level == "region"

    @property
    def is_complete(self) -> bool:
        """Whether every item can be scored."""
        return not any(isinstance(item.rule, Unreachable) for item in self.items)


def read_sheet(path: Path) -> Sheet:
    """Read and check one sheet.

    Refused: an item twice or of an unknown group, items that sum to another total than the sheet's or the group's,
    parts that sum to other points, steps out of order or above the item's points, grades out of order.
    """
    file = read_file(path, SheetFile)
    cited(file.source, path.name, "source")
    _check_items(file, path.name)
    if file.region_level and file.level != "region":
        raise _wrong(path.name, "region_level", "只有地区评分表有级别", "only a sheet for regions has a level")
    for item in file.items:
        _check_rule(item, f"{path.name} ({item.key})")
    bounds = [grade.from_points for grade in file.grades]
    if bounds != sorted(bounds, reverse=True) or (bounds and bounds[-1] != 0):
        raise _wrong(path.name, "grades", "等级须由高到低且以 0 结束", "grades fall from the highest and end with 0")
    status = known_status(file.grades_status or "unverified", path.name, "grades_status")
    return Sheet(
        file.key, file.title_zh, file.title_en, file.level, file.source, file.total, file.groups, file.items,
        file.grades, status, file.grades_source, file.region_level, file.period, file.note,
    )  # fmt: skip


def _check_items(file: SheetFile, record: str) -> None:
    twice = [key for key, count in Counter(item.key for item in file.items).items() if count > 1]
    if twice:
        raise _wrong(record, "items.key", f"指标重复「{twice[0]}」", f"item {twice[0]!r} stands twice")
    known = {group.key for group in file.groups}
    for item in file.items:
        known_status(item.status, f"{record} ({item.key})")
        if item.group not in known:
            raise _wrong(record, "items.group", f"没有分组「{item.group}」", f"there is no group {item.group!r}")
    for group in file.groups:
        own = sum(item.points for item in file.items if item.group == group.key)
        if group.points is not None and own != group.points:
            raise _wrong(
                record, "groups.points", f"「{group.key}」各项合计 {own:g}", f"{group.key}: items sum to {own:g}"
            )
    whole = sum(item.points for item in file.items)
    if whole != file.total:
        raise _wrong(
            record, "total", f"各项合计 {whole:g}，与总分不符", f"the items sum to {whole:g}, not to the total"
        )


def _check_rule(item: SheetItem, record: str) -> None:
    rule = item.rule
    if isinstance(rule, Judged) and rule.parts and sum(part.points for part in rule.parts) != item.points:
        raise _wrong(record, "rule.parts", "各小项合计与分值不符", "the parts do not sum to the points")
    if isinstance(rule, Ladder):
        bounds, points = [step[0] for step in rule.steps], [step[1] for step in rule.steps]
        ordered = sorted(bounds, reverse=rule.comparison == ">=")
        if bounds != ordered or points != sorted(points, reverse=True) or max(points, default=0) > item.points:
            raise _wrong(
                record, "rule.steps", "档次须由优到劣且不超过分值", "steps fall from the best, within the points"
            )
    if isinstance(rule, Cases) and any(case.points > item.points for case in rule.cases):
        raise _wrong(record, "rule.cases", "得分超过分值", "a case earns more than the item's points")


def _wrong(record: str, field: str, zh: str, en: str) -> ReferenceDataError:
    return ReferenceDataError(
        "reference-sheet",
        zh,
        en,
        record=record,
        field=field,
        mend_zh="按原表核对",
        mend_en="compare with the printed sheet",
    )
