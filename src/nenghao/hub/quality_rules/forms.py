"""The edit form of an edition: one sheet of fields for a rule set, one for a scheme.

A sheet is drawn from what is stored or from what was typed. Every field is looked at on its own, so that all errors
show at once, each at its field, and nothing that was typed is lost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from django.utils.translation import gettext as _

from nenghao.errors import NenghaoError
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.quality_rules import words
from nenghao.hub.quality_rules.editing import shipped_content
from nenghao.hub.quality_rules.models import Edition, EditionKind
from nenghao.quality.rules import rules_from
from nenghao.quality.scheme import WHEN_EMPTY, formula
from nenghao.quality.scores import Index, SchemeError, scheme_from

SET_HERE = "本区域设定 / set by the region"
"""Source of a figure that an officer changed; what shipped with nenghao stays in the difference."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in the form, label, what stands in it, unit, error, and the value that ships."""

    name: str
    label: str
    value: str
    kind: Literal["number", "flag", "choice", "text"] = "number"
    unit: str = ""
    error: str = ""
    shipped: str = ""
    choices: Sequence[tuple[str, str]] = ()

    @property
    def is_checked(self) -> bool:
        """Whether a flag is set."""
        return self.value == "1"

    @property
    def differs(self) -> bool:
        """Whether it holds something else than what ships."""
        return self.shipped not in ("", self.value)

    @property
    def element_id(self) -> str:
        """Its id on the page."""
        return "f-" + self.name.replace(".", "-")

    @property
    def shipped_words(self) -> str:
        """What ships, for reading."""
        return dict(self.choices).get(self.shipped, self.shipped) or words.NOTHING

    @property
    def words(self) -> str:
        """Its value for reading."""
        if self.kind == "flag":
            return _("是") if self.is_checked else _("否")
        return dict(self.choices).get(self.value, self.value) or words.NOTHING


@dataclass(frozen=True, slots=True)
class Part:
    """A check or an index: its words and fields; ``enabled`` is the flag of a check."""

    code: str
    name: str
    fields: Sequence[Field]
    status: str
    clause: str = ""
    source: str = ""
    note: str = ""
    formula: str = ""
    detail: str = ""
    enabled: Field | None = None

    @property
    def is_unverified(self) -> bool:
        """Whether 待核 stands beside it."""
        return self.status in ("unverified", "ours")

    @property
    def status_word(self) -> str:
        """Its status for a person."""
        return words.status_word(self.status)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole form: fields of the edition, its parts, and the content to store (None where something is wrong)."""

    head: Sequence[Field]
    parts: Sequence[Part]
    content: Mapping[str, Any] | None = None
    title: str = ""

    @property
    def errors(self) -> int:
        """How many fields are wrong."""
        own = [f for f in self.head if f.error]
        return len(own) + sum(1 for part in self.parts for f in (*part.fields, part.enabled) if f and f.error)


@dataclass(slots=True)
class _Typed:
    """What was typed (or None: nothing yet, show what is stored), and the errors found so far, by field name."""

    post: Mapping[str, str] | None
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, stored: str) -> str:
        return stored if self.post is None else self.post.get(name, "").strip()

    def flag(self, name: str, stored: bool) -> bool:
        return stored if self.post is None else self.post.get(name) == "1"

    def number(self, name: str, stored: float | None, *, may_be_empty: bool) -> float | None:
        if self.post is None:
            return stored
        text = self.post.get(name, "").strip().replace(",", "").replace("，", "")
        if not text:
            if not may_be_empty:
                self.errors[name] = _("请填写数值。")
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.errors[name] = _("不是数值: %(text)s") % {"text": text[:20]}
            return None
        return value

    def refuse(self, refused: NenghaoError, name: str) -> None:
        self.errors.setdefault(name, refused.text(page_language()))


def sheet_of(edition: Edition, post: Mapping[str, str] | None = None) -> Sheet:
    """Draw the form of an edition, from what is stored or from what was typed."""
    shipped = shipped_content(edition.kind, edition.key)
    return content_sheet(edition.kind, edition.content, shipped, title=edition.title, post=post)


def content_sheet(
    kind: str, content: Mapping[str, Any], shipped: Mapping[str, Any], *, title: str = "",
    post: Mapping[str, str] | None = None,
) -> Sheet:  # fmt: skip
    """Draw the form of a rule set's or scheme's content; ``shipped`` is what it is compared with."""
    typed = _Typed(post)
    name = typed.text("title", title)
    if post is not None and not name:
        typed.errors["title"] = _("请填写名称。")
    make = _rules_sheet if kind == EditionKind.RULES else _scheme_sheet
    head, parts, new = make(content, shipped, typed)
    head = [Field("title", _("名称"), name, "text", error=typed.errors.get("title", "")), *head]
    return Sheet(head, parts, None if typed.errors else new, name)


# --- rule sets -------------------------------------------------------------------------------------------------------


def _rules_sheet(
    content: Mapping[str, Any], shipped: Mapping[str, Any], typed: _Typed
) -> tuple[list[Field], list[Part], dict[str, Any]]:
    hours = typed.number("on_time_hours", content["on_time_hours"], may_be_empty=False)
    new = {**content, "on_time_hours": hours, "checks": {}}
    for code, base in shipped["checks"].items():
        stored = content["checks"].get(code, base | {"enabled": False})
        new["checks"][code] = _typed_check(code, stored, base, typed)
    if typed.post is not None:
        _check_rules(new, typed)
    head = _field(typed, "on_time_hours", _("按时时限（当日结束后）"), content, shipped, unit=_("小时"))
    parts = [_check_part(code, new["checks"][code], shipped["checks"][code], typed) for code in new["checks"]]
    return [head], parts, new


def _typed_check(code: str, stored: Mapping[str, Any], base: Mapping[str, Any], typed: _Typed) -> dict[str, Any]:
    """Read one check; a figure that is not the shipped one is the region's own and says so."""
    check = deepcopy(dict(stored)) | {"enabled": typed.flag(f"{code}.enabled", stored.get("enabled", True))}
    for grade in _grades(base):
        value = typed.number(f"{code}.{grade}", stored.get(grade), may_be_empty=True)
        check.pop(grade, None)
        if value is not None:
            check[grade] = value
    check["settings"] = {
        name: typed.number(f"{code}.settings.{name}", stored.get("settings", {}).get(name, value), may_be_empty=False)
        for name, value in base.get("settings", {}).items()
    }
    if typed.post is not None:
        same = all(check.get(name) == base.get(name) for name in (*_grades(base), "settings"))
        check |= {name: base[name] for name in ("source", "status")} if same else {"source": SET_HERE, "status": "ours"}
    return check


def _grades(base: Mapping[str, Any]) -> tuple[str, ...]:
    return ("suspect", "fail") if base["unit"] else ()


def _check_rules(new: Mapping[str, Any], typed: _Typed) -> None:
    """Let the rules' own reader look at every check by itself, then at the head."""
    head = {name: new[name] for name in ("name", "version", "effective_from")}
    for code, check in new["checks"].items():
        try:
            rules_from(head | {"on_time_hours": 24, "checks": {code: check}})
        except NenghaoError as refused:
            typed.refuse(refused, f"{code}.{refused.field}")
    try:
        rules_from(head | {"on_time_hours": new["on_time_hours"], "checks": {}})
    except NenghaoError as refused:
        typed.refuse(refused, refused.field)


def _check_part(code: str, check: Mapping[str, Any], base: Mapping[str, Any], typed: _Typed) -> Part:
    unit = words.unit_word(base["unit"])
    fields = [
        _field(typed, f"{code}.{grade}", words.field_word(grade), check, base, key=grade, unit=unit)
        for grade in _grades(base)
    ]
    for name in base.get("settings", {}):
        label, setting_unit = words.setting_word(name)
        fields.append(
            _field(
                typed, f"{code}.settings.{name}", label, check["settings"], base["settings"], key=name,
                unit=setting_unit,
            )
        )  # fmt: skip
    on = Field(f"{code}.enabled", _("启用"), "1" if check["enabled"] else "", "flag", shipped="1")
    language = page_language()
    return Part(
        code, check[f"name_{language}"], fields, check["status"], check["clause"], check["source"], enabled=on,
        detail=words.stat_types_word(check["stat_types"]),
    )  # fmt: skip


def _field(
    typed: _Typed, name: str, label: str, stored: Mapping[str, Any], shipped: Mapping[str, Any], *, key: str = "",
    unit: str = "",
) -> Field:  # fmt: skip
    key = key or name
    return Field(
        name, label, typed.text(name, _number(stored.get(key))), unit=unit, error=typed.errors.get(name, ""),
        shipped=_number(shipped.get(key)),
    )  # fmt: skip


def _number(value: float | None, factor: float = 1) -> str:
    return "" if value is None else f"{value * factor:.12g}"


# --- scoring schemes -------------------------------------------------------------------------------------------------


def _scheme_sheet(
    content: Mapping[str, Any], shipped: Mapping[str, Any], typed: _Typed
) -> tuple[list[Field], list[Part], dict[str, Any]]:
    bases = {index["code"]: index for index in shipped["indices"]}
    rows = [_typed_index(index, bases[index["code"]], content["kind"], typed) for index in content["indices"]]
    new = {**content, "indices": rows}
    if typed.post is not None and not typed.errors:
        try:
            scheme_from(new)
        except SchemeError as refused:
            code = refused.record.rpartition("/")[2]
            known = code in bases
            typed.refuse(refused, f"{code if known else rows[0]['code']}.{refused.field.split('.')[-1]}")
    parts = [_index_part(row, bases[row["code"]], content["kind"], typed) for row in rows]
    return [], parts, new


def _typed_index(stored: Mapping[str, Any], base: Mapping[str, Any], kind: str, typed: _Typed) -> dict[str, Any]:
    index, code = deepcopy(dict(stored)), stored["code"]
    if kind == "points":
        weight = typed.number(f"{code}.weight", stored["weight"], may_be_empty=False)
        index["weight"] = 0.0 if weight is None else weight
        if weight is not None and weight < 0:
            typed.errors[f"{code}.weight"] = _("权重须不小于 0。")
    if stored.get("threshold"):
        percent = typed.number(f"{code}.threshold", stored["threshold"]["value"] * 100, may_be_empty=False)
        if percent is not None and not 0 <= percent <= 100:
            typed.errors[f"{code}.threshold"] = _("限值须在 0–100 % 之间。")
        index["threshold"] = stored["threshold"] | {"value": round((percent or 0) / 100, 12)}
    index["when_empty"] = typed.text(f"{code}.when_empty", stored["when_empty"])
    if index["when_empty"] not in WHEN_EMPTY:
        typed.errors[f"{code}.when_empty"] = _("请选择一项。")
    if typed.post is not None:
        same = index.get("threshold") == base.get("threshold")
        index |= {n: base[n] for n in ("source", "status")} if same else {"source": SET_HERE, "status": "unverified"}
    return index


def _index_part(index: Mapping[str, Any], base: Mapping[str, Any], kind: str, typed: _Typed) -> Part:
    code, language, fields = index["code"], page_language(), []
    if kind == "points":
        fields.append(_field(typed, f"{code}.weight", words.field_word("weight"), index, base, key="weight"))
    if index.get("threshold"):
        name, limit, own = f"{code}.threshold", index["threshold"], base["threshold"]
        sign = {">=": "≥", "<=": "≤"}[limit["comparison"]]
        fields.append(Field(
            name, words.field_word("threshold.value") + f" {sign}", typed.text(name, _number(limit["value"], 100)),
            unit="%", error=typed.errors.get(name, ""), shipped=_number(own["value"], 100),
        ))  # fmt: skip
    choices = [(choice, words.empty_word(choice, verdict=kind == "verdict")) for choice in WHEN_EMPTY]
    name = f"{code}.when_empty"
    fields.append(Field(
        name, words.field_word("when_empty"), index["when_empty"], "choice", error=typed.errors.get(name, ""),
        shipped=base["when_empty"], choices=choices,
    ))  # fmt: skip
    sound = msgspec.convert({**index, "when_empty": "exclude"}, Index)
    return Part(
        code, index[f"name_{language}"], fields, index["status"], index["clause"], index["source"],
        index[f"note_{language}"], formula(sound, language),
        detail=_("本平台设定") if index["ours"] else "",
    )  # fmt: skip
