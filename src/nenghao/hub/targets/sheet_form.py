"""The score sheet as a form: rows with inputs for facts, points, grounds; and reading what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from nenghao.accounting.score_sheets import ItemScore, SheetScore, fact_names
from nenghao.accounting.sheet_words import FACTS, bonus_text, fact_name, rule_text
from nenghao.errors import Language
from nenghao.hub.targets.assessing import Said
from nenghao.hub.targets.errors import refused
from nenghao.hub.targets.known import hints
from nenghao.hub.targets.models import AssessmentAnswer
from nenghao.reference.assessment import Judged, Sheet, SheetItem, Unreachable


@dataclass(frozen=True, slots=True)
class Input:
    """One input: its name, label, kind (``yes_no``, ``ratio``, ``count``, ``number``, ``points``), value and source.

    ``source`` is ``typed``, ``officer``, or words of the platform with the ``url`` of the page they unfold on.
    """

    name: str
    label: str
    kind: str
    value: str
    source: str = ""
    most: float | None = None
    url: str = ""
    is_unverified: bool = False


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One item of the sheet as the page shows it."""

    score: ItemScore
    answer: AssessmentAnswer | None
    title: str
    rule: str
    note: str
    facts: tuple[Input, ...]
    points: tuple[Input, ...]
    review: tuple[Input, ...]
    is_reachable: bool
    hints: Sequence[tuple[str, str]]

    @property
    def item(self) -> SheetItem:
        """The item."""
        return self.score.item


@dataclass(frozen=True, slots=True)
class Group:
    """A group of items with its points."""

    title: str
    points: float
    reached: float
    rows: Sequence[SheetRow]


def sheet_rows(
    sheet: Sheet, result: SheetScore, answers: Mapping[str, AssessmentAnswer], typed: Mapping[str, str], *,
    language: Language, code: str,
) -> list[Group]:  # fmt: skip
    """Give the sheet of an enterprise or region by groups; what was typed and refused stands in its input again."""
    pages = partial(hints, code=code, of_region=sheet.is_of_regions, english=language == "en")
    rows = [_row(one, answers.get(one.item.key), typed, language, pages) for one in result.items]
    found = []
    for group in sheet.groups:
        own = [row for row in rows if row.item.group == group.key]
        title = group.title_zh if language == "zh" else group.title_en
        points = sum(row.item.points for row in own)
        found.append(Group(title, points, sum(row.score.final or 0 for row in own), own))
    return found


def _row(
    score: ItemScore, answer: AssessmentAnswer | None, typed: Mapping[str, str], language: Language,
    pages: Callable[[str], Sequence[tuple[str, str]]],
) -> SheetRow:  # fmt: skip
    item = score.item
    bonus = bonus_text(item.bonus, language) if item.bonus else ""
    note = item.note.split(" / ")
    names = fact_names(item) + (
        (item.bonus.measure,) if item.bonus and item.bonus.measure not in fact_names(item) else ()
    )
    return SheetRow(
        score, answer, item.title_zh if language == "zh" else item.title_en,
        rule_text(item, language) + (f" · {bonus}" if bonus else ""),
        note[0 if language == "zh" else -1] if item.note else "",
        tuple(_fact_input(item, name, answer, typed, language) for name in names),
        _point_inputs(item, "self", answer.self_points if answer else {}, typed, language),
        _point_inputs(item, "review", answer.review_points if answer else {}, typed, language),
        not isinstance(item.rule, Unreachable),
        pages(item.title_zh) if isinstance(item.rule, Judged) else (),
    )  # fmt: skip


def _fact_input(
    item: SheetItem, name: str, answer: AssessmentAnswer | None, typed: Mapping[str, str], language: Language
) -> Input:
    kind = FACTS[name].kind
    known = answer.facts.get(name) if answer else None
    shown = "" if known is None else _shown(known, kind)
    source = answer.fact_sources.get(name, "") if answer and known is not None else ""
    origin = source if isinstance(source, dict) else {language: source}
    place = f"{item.key}/fact/{name}"
    return Input(
        place, fact_name(name, language), kind, typed.get(place, shown), origin[language], url=origin.get("url", ""),
        is_unverified=bool(origin.get("unverified")),
    )  # fmt: skip


def _shown(value: float | bool, kind: str) -> str:
    if kind == "yes_no":
        return "yes" if value else "no"
    return f"{float(value) * (100 if kind == 'ratio' else 1):.10g}"


def _point_inputs(
    item: SheetItem, who: str, points: Mapping[str, float], typed: Mapping[str, str], language: Language
) -> tuple[Input, ...]:
    if isinstance(item.rule, Unreachable):
        return ()
    parts = (
        [(part.key, part.title_zh if language == "zh" else part.title_en, part.points) for part in item.rule.parts]
        if isinstance(item.rule, Judged) and item.rule.parts else [(item.key, "", item.points)]
    )  # fmt: skip
    found = []
    for key, label, most in parts:
        place = f"{item.key}/{who}/{key}"
        value = f"{points[key]:g}" if key in points else ""
        found.append(Input(place, label, "points", typed.get(place, value), most=most))
    return tuple(found)


def doubts_of(groups: Sequence[Group]) -> list[str]:
    """Give the origins of facts that are not certain (待核), once each."""
    facts = (one for group in groups for row in group.rows for one in row.facts)
    return list(dict.fromkeys(one.source for one in facts if one.is_unverified))


def read_sheet_form(sheet: Sheet, posted: Mapping[str, str], *, review: bool) -> dict[str, Said]:
    """Read what was typed, item by item; an item of which nothing was sent is left out."""
    found = {}
    for item in sheet.items:
        own = {name.removeprefix(f"{item.key}/"): text.strip() for name, text in posted.items()
               if name.startswith(f"{item.key}/")}  # fmt: skip
        if own:
            found[item.key] = _said(item, own, "review" if review else "self")
    return found


def _said(item: SheetItem, own: Mapping[str, str], who: str) -> Said:
    facts = {
        name.removeprefix("fact/"): value
        for name, text in own.items()
        if name.startswith("fact/") and (value := _fact(item, name.removeprefix("fact/"), text)) is not None
    }
    points = {
        name.removeprefix(f"{who}/"): _number(item, name, text)
        for name, text in own.items()
        if name.startswith(f"{who}/") and text
    }
    override = own.get("override", "")
    return Said(
        facts=facts or None, points=points if any(name.startswith(f"{who}/") for name in own) else None,
        basis=own.get("basis"), evidence=own.get("evidence"),
        not_applicable=(own["not_applicable"] == "yes") if "not_applicable" in own else None,
        override=_number(item, "override", override) if override else None,
        override_reason=own.get("override_reason", ""), clear_override="override" in own and not override,
    )  # fmt: skip


def _fact(item: SheetItem, name: str, text: str) -> float | bool | None:
    if not text or name not in FACTS:
        return None
    kind = FACTS[name].kind
    if kind == "yes_no":
        return text == "yes"
    value = _number(item, name, text.rstrip("%％"))
    return round(value / 100, 12) if kind == "ratio" else value


def _number(item: SheetItem, field: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise refused(
            "sheet-number", f"「{text[:20]}」不是数", f"{text[:20]!r} is not a number", record=item.title_zh,
            field=field, mend=("填写数字", "give a number"),
        ) from None  # fmt: skip
