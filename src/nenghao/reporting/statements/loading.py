"""Loading forms from ``reporting/forms/<key>/form.toml``, and what is refused there."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from nenghao.errors import NenghaoError
from nenghao.reporting.statements.definitions import (
    Choice,
    Deadline,
    Example,
    Field,
    FieldType,
    Form,
    Identity,
    PeriodWord,
    Relation,
    Section,
    Sheet,
    Status,
    Total,
)
from nenghao.reporting.statements.expressions import Expression

FORMS = files("nenghao.reporting") / "forms"
SINGLE_ROW = "-"
EARLIER = ("last", "last_year")
LOOKUPS = frozenset({"energy_code", "energy_unit", "reference_factor"})


@cache
def statement_form(key: str) -> Form:
    """Give the form with this key; ``form-unknown`` when there is none."""
    found = statement_forms().get(key)
    if found is None:
        raise NenghaoError("form-unknown", "没有这个表单", "there is no such form", record=key)
    return found


@cache
def statement_forms() -> Mapping[str, Form]:
    """Give every form that ships, by key, in the order of their files' ``order``."""
    folders = [one for one in FORMS.iterdir() if one.joinpath("form.toml").is_file()]
    texts = {one.name: tomllib.loads(one.joinpath("form.toml").read_text(encoding="utf-8")) for one in folders}
    keys = sorted(texts, key=lambda key: (texts[key].get("order", 100), key))
    return {key: form_from(texts[key], others=texts, folder=key) for key in keys}


def form_from(
    told: Mapping[str, Any], *, others: Mapping[str, Mapping[str, Any]] | None = None, folder: str = ""
) -> Form:
    """Make a form of what its file says; ``form-bad`` names what cannot be right.

    A section with ``same_as = "205-1/energy"`` has the fields, totals and formulas of that section of another form.
    """
    key = str(told.get("key", ""))
    try:
        sections, borrowed = _sections(told, others or {})
        form = Form(
            key=key, version=told["version"], zh=told["zh"], en=told["en"], code=told.get("code", ""),
            period=told["period"], status=told["status"], source=told["source"], note=told.get("note", ""),
            note_en=told.get("note_en", ""), deadline=Deadline(**told["deadline"]), sections=sections,
            identities=tuple(_identity(one, sections, key) for one in [*borrowed, *told.get("identity", ())]),
            sheets=tuple(Sheet(**one | {"sections": tuple(one["sections"])}) for one in told["sheet"]),
            examples=tuple(_example(one) for one in told.get("test", ())),
        )  # fmt: skip
    except (KeyError, TypeError, ArithmeticError) as wrong:
        raise _bad(key, f"缺少或多出：{wrong}", f"lacking or too much: {wrong}") from wrong
    _check(form, folder)
    return form


def _bad(key: str, zh: str, en: str, field: str = "") -> NenghaoError:
    return NenghaoError(
        "form-bad", f"表单文件不对：{zh}", f"the form's file is not right: {en}", record=key, field=field
    )


def _sections(
    told: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]
) -> tuple[tuple[Section, ...], list[dict[str, Any]]]:
    """Give the sections, and the identities that come with borrowed ones."""
    made, borrowed = [], []
    for own in told["section"]:
        one = dict(own)
        if same := one.pop("same_as", ""):
            form_key, _, section_key = same.partition("/")
            theirs = others[form_key]
            source = next(section for section in theirs["section"] if section["key"] == section_key)
            one = {**source, **one}
            borrowed += [
                {**rule, "section": one["key"]} for rule in theirs.get("identity", ())
                if rule.get("section") == section_key and not rule.get("only_here")
            ]  # fmt: skip
        made.append(_section(one))
    return tuple(made), borrowed


def _section(told: dict[str, Any]) -> Section:
    fields = tuple(_field(one) for one in told.pop("field"))
    total, preset = told.pop("total", None), told.pop("row", ())
    made_total = None
    if total is not None:
        formulas = {name: Expression(text) for name, text in total["formulas"].items()}
        made_total = Total(dict(total.get("labels", {})), formulas, dict(total.get("labels_en", {})))
    rows = {str(one["id"]): {name: text for name, text in one.items() if name != "id"} for one in preset}
    return Section(fields=fields, total=made_total, preset=rows, is_table=told.pop("table", False), **told)


def _field(told: Mapping[str, Any]) -> Field:
    facts = dict(told)
    for name in ("group_zh", "group_en"):
        facts[name] = tuple(facts.get(name, ()))
    if "compute" in facts:
        facts["compute"] = Expression(facts["compute"])
    facts["choices"] = tuple(
        Choice(*one) if isinstance(one, list) else Choice(one, one, one) for one in facts.get("choices", ())
    )
    return Field(**facts)


def _identity(told: Mapping[str, Any], sections: Sequence[Section], key: str) -> Identity:
    facts = {name: value for name, value in told.items() if name != "only_here"}
    section = _find(sections, facts["section"], key)
    left, right = Expression(facts.pop("left")), Expression(facts.pop("right"))
    own = {one.key for one in section.fields}
    read = [name.removeprefix("last.") for name in (*_ordered(left), *_ordered(right))]
    cells = tuple(dict.fromkeys(name for name in read if name in own))
    when = Expression(facts.pop("when")) if "when" in facts else None
    at = facts.pop("at", cells[0] if cells else "")
    if at not in own:
        raise _bad(key, f"公式 {facts['key']} 没有落在哪一格", f"formula {facts['key']} has no cell to stand at", "at")
    for name in ("tolerance", "tolerance_ratio"):
        facts[name] = Decimal(str(facts.get(name, 0)))
    facts.setdefault("status", section.status)
    return Identity(left=left, right=right, when=when, at=at, cells=cells, **facts)


def _ordered(expression: Expression) -> list[str]:
    """Give the names of a formula in the order in which they are written."""
    return sorted(expression.names, key=expression.text.find)


def _find(sections: Iterable[Section], name: str, key: str) -> Section:
    for one in sections:
        if one.key == name:
            return one
    raise _bad(key, f"没有 {name} 这一节", f"there is no section {name}", "section")


def _example(told: Mapping[str, Any]) -> Example:
    expected = frozenset((one[0], one[1], one[2]) for one in told.get("expected", ()))
    return Example(told["name"], told["filled"], told.get("last", {}), expected, told.get("totals", {}))


def _check(form: Form, folder: str) -> None:
    """Refuse a form that could not work, or that says more than is known."""
    if folder and form.key != folder:
        raise _bad(form.key, "key 与文件夹不同名", "key differs from the folder's name", "key")
    if form.period not in get_args(PeriodWord) or form.status not in get_args(Status):
        raise _bad(form.key, "period 或 status", "period or status", "period")
    if not form.source.strip():
        raise _bad(form.key, "没有出处", "no source", "source")
    _once(form.key, [one.key for one in form.sections])
    _once(form.key, [f"{one.section}/{one.key}" for one in form.identities])
    for section in form.sections:
        _check_section(form, section)
    for rule in form.identities:
        _check_identity(form, rule)
    printed = [name for sheet in form.sheets for name in sheet.sections]
    _once(form.key, printed)
    if set(printed) != {one.key for one in form.sections}:
        raise _bad(form.key, "每一节须恰好印在一张表上", "every section must stand on exactly one sheet", "sheet")


def _once(key: str, names: Sequence[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise _bad(key, f"{twice} 出现两次", f"{twice} stands there twice")


def _check_section(form: Form, section: Section) -> None:
    keys = [one.key for one in section.fields]
    _once(form.key, keys)
    if section.status not in get_args(Status) or not section.source.strip():
        raise _bad(form.key, f"{section.key} 没有出处或状态", f"{section.key} lacks source or status", "source")
    if section.is_table and section.key_field not in keys:
        raise _bad(form.key, f"{section.key} 没有 key_field", f"{section.key} lacks its key_field", "key_field")
    if section.key in EARLIER:
        raise _bad(form.key, "节不能叫 last", "no section may be called last", "key")
    _check_fields(form, section, keys)
    for row in section.preset.values():
        if not set(row) <= {one.key for one in section.fields if one.locked}:
            raise _bad(form.key, f"{section.key} 的固定行", f"printed rows of {section.key}", "row")
    for name, formula in section.total.formulas.items() if section.total else ():
        section.field(name)
        _check_names(form, section, formula)


def _check_fields(form: Form, section: Section, keys: Sequence[str]) -> None:
    for number, one in enumerate(section.fields):
        if one.type not in get_args(FieldType) or (one.lookup and one.lookup not in LOOKUPS):
            raise _bad(form.key, f"{one.key} 的 type 或 lookup", f"type or lookup of {one.key}", one.key)
        if one.compute is not None:
            later = set(keys[number:])
            if later & one.compute.names:
                raise _bad(form.key, f"{one.key} 用到它后面的字段", f"{one.key} needs what comes after it", one.key)
            _check_names(form, section, one.compute)


def _check_identity(form: Form, rule: Identity) -> None:
    section = form.section(rule.section)
    if rule.relation not in get_args(Relation) or not rule.zh or not rule.en or not rule.source:
        raise _bad(form.key, f"公式 {rule.key} 不全", f"formula {rule.key} is incomplete", rule.key)
    if rule.status == "unverified" and rule.severity == "error":
        raise _bad(
            form.key, f"公式 {rule.key} 待核，只能作提示", f"formula {rule.key} is unverified: at most a warning"
        )
    for expression in (rule.left, rule.right, *([rule.when] if rule.when else [])):
        _check_names(form, section, expression)


def _check_names(form: Form, section: Section, expression: Expression) -> None:
    """Every name must be a cell."""
    own = {one.key for one in section.fields}
    singles = {f"{one.key}.{field.key}" for one in form.sections if not one.is_table for field in one.fields}
    earlier = {f"{word}.{name}" for word in EARLIER for name in own | singles}
    unknown = expression.names - own - singles - earlier
    tables = {(one.key, field.key) for one in form.sections if one.is_table for field in one.fields}
    unknown |= {f"{table}.{name}" for table, name in expression.sums if (table, name) not in tables}
    if unknown:
        raise _bad(
            form.key, f"没有这些字段：{sorted(unknown)}", f"there are no such cells: {sorted(unknown)}", "formula"
        )
