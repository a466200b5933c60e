"""Importing a ledger from a table: good rows are kept, every bad one is named with row, field and mend.

The columns are the fields of the form on the page, under their labels in either language. Importing the same file
twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from nenghao.errors import NenghaoError
from nenghao.hub.audit.services import Actor
from nenghao.hub.evidence.entry import CERTIFICATES, EVENTS, FIGURES, HEATING_VALUES, Entered, Ledger, enter
from nenghao.hub.evidence.forms import (
    CertificateForm,
    Choice,
    EntryForm,
    EventForm,
    FigureForm,
    HeatingValueForm,
    energy_choices,
)
from nenghao.hub.evidence.models import Via
from nenghao.hub.evidence.sheets import read_sheet
from nenghao.hub.registry.models import Enterprise, Meter, Region
from nenghao.periods import to_beijing
from nenghao.reference import library
from nenghao.reporting import Column, table_workbook

LANGUAGES = ("zh-hans", "en")
FORMS: dict[str, tuple[type[EntryForm], Ledger]] = {
    "certificates": (CertificateForm, CERTIFICATES),
    "events": (EventForm, EVENTS),
    "figures": (FigureForm, FIGURES),
    "heating-values": (HeatingValueForm, HEATING_VALUES),
}


@dataclass(frozen=True, slots=True)
class Added:
    """A ledger of another app that is imported on the same page: how it is called, and the page it belongs to."""

    title: Any
    page_title: Any
    page: str


ADDED: dict[str, Added] = {}


def add_ledger(kind: str, form_class: type[EntryForm], ledger: Ledger, added: Added) -> None:
    """Let a ledger of another app be imported; its form gives the columns."""
    FORMS[kind] = form_class, ledger
    ADDED[kind] = added


def title_of(kind: str) -> str:
    """Name a ledger on the page."""
    if kind in ADDED:
        return str(ADDED[kind].title)
    return {
        "certificates": _("检定校准证书"), "events": _("计量器具事件"), "figures": _("月度数量"),
        "heating-values": _("实测低位发热量"),
    }[kind]  # fmt: skip


@dataclass(frozen=True, slots=True)
class BadRow:
    """One thing that is wrong: the row of the file, the column, what stood there, what to do."""

    row: int
    field: str
    value: str
    mend: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did; ``ignored`` are the columns that mean nothing here."""

    kind: str
    rows: int
    entered: Entered
    bad: tuple[BadRow, ...]
    ignored: tuple[str, ...]

    @property
    def bad_rows(self) -> int:
        """How many rows were not kept."""
        return len({bad.row for bad in self.bad})


@transaction.atomic
def import_file(
    *, actor: Actor, now: datetime, kind: str, name: str, content: bytes, enterprise: Enterprise | None = None,
    region: Region | None = None,
) -> ImportReport:  # fmt: skip
    """Read a file into a ledger of an enterprise or a region; refuses the whole only when it is no such table."""
    form_class, ledger = FORMS[kind]
    sheet = read_sheet(name, content)
    if not sheet:
        raise _not_this_table(kind, "")
    columns, ignored = _columns(kind, sheet[0][1])
    reader = _Reader(form_class, ledger, form_options(now, enterprise), columns)
    for number, cells in sheet[1:]:
        reader.read(number, cells)
    entered = enter(
        actor=actor, now=now, enterprise=enterprise, region=region, ledger=ledger, rows=list(reader.good.values()),
        via=Via.IMPORT, reason=name[:200],
    )  # fmt: skip
    return ImportReport(kind, len(sheet) - 1, entered, tuple(reader.bad), ignored)


def form_options(now: datetime, enterprise: Enterprise | None) -> dict[str, Any]:
    """Give what the forms of a ledger look up, once for all rows: today, and of an enterprise its meters, energies."""
    options: dict[str, Any] = {"today": to_beijing(now).date()}
    if enterprise is None:
        return options
    meters = dict(Meter.objects.filter(enterprise=enterprise).values_list("manage_code", "pk"))
    return options | {"enterprise": enterprise, "meters": meters, "energies": energy_choices(enterprise)}


class _Reader:
    """Turns rows into facts by the form; everything that is looked up is looked up once."""

    def __init__(
        self, form_class: type[EntryForm], ledger: Ledger, options: Mapping[str, Any], columns: Mapping[int, str]
    ) -> None:
        self.form_class, self.ledger, self.columns, self._options = form_class, ledger, columns, options
        self.good: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.bad: list[BadRow] = []
        self._rows: dict[tuple[Any, ...], int] = {}

    def read(self, number: int, cells: Sequence[str]) -> None:
        """Keep a row's facts, or what is wrong with it."""
        data = {field: cells[place] if place < len(cells) else "" for place, field in self.columns.items()}
        form = self.form_class(_values(self.form_class, data), **self._options)
        if not form.is_valid():
            self._refuse(number, form, data)
            return
        facts = form.facts()
        key = self.ledger.key_of(facts)
        if key in self.good and self.good[key] != facts:
            words = _("与第 %(row)d 行是同一条而内容不同，只留一行") % {"row": self._rows[key]}
            self.bad.append(BadRow(number, _("整行"), "", words))
            return
        self.good.setdefault(key, facts)
        self._rows.setdefault(key, number)

    def _refuse(self, number: int, form: EntryForm, data: Mapping[str, str]) -> None:
        for field, errors in form.errors.items():
            label = str(form.fields[field].label) if field in form.fields else _("整行")
            self.bad += [BadRow(number, label, data.get(field, ""), str(error)) for error in errors]  # type: ignore[union-attr]


def _values(form_class: type[EntryForm], data: Mapping[str, str]) -> dict[str, str]:
    """Turn the words of choices, in either language, into the values that the form knows."""
    words = _words(form_class)
    return {field: words.get(field, {}).get(value, value) for field, value in data.items()}


@lru_cache(maxsize=8)
def _words(form_class: type[EntryForm]) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, field in form_class.base_fields.items():
        if name == "energy":
            found[name] = {word: e.key for e in library().energy_types() for word in (e.name_zh, e.name_en)}
        elif isinstance(field, Choice):
            found[name] = {word: value for value, label in field.choices for word in _both(label)}  # type: ignore[misc]
    return found


def _both(label: object) -> list[str]:
    """Give a text in both languages of the pages."""
    texts = []
    for language in LANGUAGES:
        with override(language):
            texts.append(str(label))
    return texts


def _columns(kind: str, header: Sequence[str]) -> tuple[dict[int, str], tuple[str, ...]]:
    """Find the form's fields by their labels; columns that are none are ignored and named."""
    form_class = FORMS[kind][0]
    known = {word: name for name, field in form_class.base_fields.items() for word in _both(field.label)}
    found: dict[int, str] = {}
    ignored = []
    for place, text in enumerate(header):
        title = text.split("\n")[0].split("[")[0].strip(" *＊")
        if title in known and known[title] not in found.values():
            found[place] = known[title]
        elif title:
            ignored.append(title)
    absent = [str(f.label) for name, f in form_class.base_fields.items() if f.required and name not in found.values()]
    if absent:
        raise _not_this_table(kind, "、".join(absent))
    return found, tuple(ignored)


def _not_this_table(kind: str, absent: str) -> NenghaoError:
    return NenghaoError(
        "import-columns", f"第一行缺少列：{absent or '全部'}", f"the first row lacks columns: {absent or 'all'}",
        record=title_of(kind), field="file", mend_zh="第一行须是列名，用下载的模板填写",
        mend_en="the first row must hold the column names; use the template",
    )  # fmt: skip


def template(kind: str, owner: Enterprise | Region) -> bytes:
    """Give an empty workbook with the columns of a ledger, and a sheet that says what each may hold."""
    form_class = FORMS[kind][0]
    notes = [
        (_("地区") if isinstance(owner, Region) else _("用能单位"), f"{owner.name} {owner.code}"),
        (_("填写"), _("每行一条，不改第一行的列名；带 * 的列必填。")),
    ]
    columns = []
    for name, field in form_class.base_fields.items():
        star = " *" if field.required else ""
        columns.append(Column(f"{field.label}{star}", unit=form_class.units.get(name, "")))
        notes.append((str(field.label), str(field.help_text) or _hint(name, field)))
    return table_workbook(title_of(kind), columns, [], notes, notes_title=_("说明"))


def _hint(name: str, field: Any) -> str:
    if name == "energy":
        return _("能源品种的名称，如：原煤、天然气、电力")
    if isinstance(field, Choice):
        return _("填其中一项：") + "、".join(str(label) for _value, label in field.choices)  # type: ignore[misc]
    return {
        "meter": _("器具档案中的管理编号"), "month": _("写成 2026-11"), "at": _("写成 2026-11-20 08:30"),
        "unit": _("凭证上的单位，如 万kWh、t；空着按存储单位"), "valid_until": _("当日仍有效；检定合格必填"),
        "final_register": _("事件前的表底，不乘倍率；更换、拆除、变更倍率必填"),
        "initial_register": _("事件后的表底，不乘倍率；更换必填"), "multiplier": _("事件后的倍率；变更倍率必填"),
        "value": _("固体、液体 kJ/kg，气体 kJ/m3（标准状态）"),
        "product": _("产品编码或产品名称，与产品页一致"),
        "parameters": _("写成 熟料比例=76.5；海拔=1600，名称见产品页"),
        "amount": _("单位为元"), "price_year": _("可比价的基年，如 2025"),
    }.get(name, _("日期写成 2026-11-20") if field.__class__.__name__ == "DateField" else "")  # fmt: skip
