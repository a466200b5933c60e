"""Forms of the ledgers: one field list for the page and for the columns of an import, every refusal with its mend."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from nenghao.errors import NenghaoError
from nenghao.hub.evidence.models import CertificateKind, CertificateResult, EventKind, FigureKind
from nenghao.hub.looks import StyledForm
from nenghao.hub.monitoring.energies import energy_name
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.periods import BEIJING, to_beijing
from nenghao.reference import library
from nenghao.units import UNITS, conversion_factor, unit

DAY_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S"]
MOMENT_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
HEATING_UNITS = {"t": "kJ/kg", "m3": "kJ/m3"}
"""Unit of a heating value by the base unit of its energy; nothing else has one."""
EARLIEST = date(1991, 9, 16)
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:月|[-/.]\d{1,2}(?: 00:00:00)?)?")

REQUIRED = _("必填，请填写")
DAY_ERROR = _("日期无法识别，写成 2026-11-20")
MOMENT_ERROR = _("时间无法识别，写成 2026-11-20 08:30")
NUMBER_ERROR = _("不是数，写成 1234.5，不带千分号和单位")
CHOICE_ERROR = _("没有「%(value)s」这一项，可填：%(known)s")


def day(label: Any, *, required: bool = True) -> forms.DateField:
    """A day."""
    return forms.DateField(
        label=label, required=required, input_formats=DAY_FORMATS, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        error_messages={"required": REQUIRED, "invalid": DAY_ERROR},
    )  # fmt: skip


def number(label: Any, *, required: bool = True, least: float | None = None) -> forms.FloatField:
    """A number; the browser is told to allow any decimals."""
    errors = {"required": REQUIRED, "invalid": NUMBER_ERROR, "min_value": _("不能小于 %(limit_value)s")}
    field = forms.FloatField(label=label, required=required, min_value=least, error_messages=errors)
    field.widget.attrs["step"] = "any"
    return field


def text(label: Any, *, required: bool = False, length: int = 200) -> forms.CharField:
    """A line of text."""
    errors = {"required": REQUIRED, "max_length": _("最多 %(limit_value)d 个字，现有 %(show_value)d 个")}
    return forms.CharField(label=label, required=required, max_length=length, error_messages=errors)


class Choice(forms.ChoiceField):
    """A choice whose refusal names what may be chosen."""

    def validate(self, value: Any) -> None:
        """Refuse with the known labels."""
        forms.Field.validate(self, value)
        if value and not self.valid_value(value):
            known = "、".join(str(label) for _value, label in list(self.choices)[:16] if label)  # type: ignore[arg-type]
            raise forms.ValidationError(CHOICE_ERROR, params={"value": value, "known": known})


def choice(label: Any, choices: Sequence[tuple[str, Any]], *, initial: str = "") -> Choice:
    """One of a list."""
    return Choice(label=label, choices=choices, initial=initial, error_messages={"required": REQUIRED})


class EntryForm(StyledForm):
    """What the forms of all ledgers share: today, their looks, and how a row becomes key and facts."""

    units: ClassVar[Mapping[str, str]] = {}
    """Unit behind a field, by its name."""

    def __init__(self, data: Any = None, *, today: date, **options: Any) -> None:
        super().__init__(data, **options)
        self.today = today

    def facts(self) -> dict[str, Any]:
        """Give key and facts as the ledger's fields."""
        raise NotImplementedError


class LedgerForm(EntryForm):
    """What the forms of an enterprise's ledgers share: the enterprise, its meters by management number."""

    def __init__(
        self, data: Any = None, *, enterprise: Enterprise, meters: Mapping[str, int] | None = None,
        energies: Sequence[tuple[str, str]] | None = None, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(data, **options)
        self.enterprise, self.meters = enterprise, meters or {}
        if "energy" in self.fields:
            self.fields["energy"].choices = energies or energy_choices(enterprise)  # type: ignore[attr-defined]

    def clean_meter(self) -> int:
        """Find the meter by its management number."""
        code = self.cleaned_data["meter"]
        if code not in self.meters:
            raise forms.ValidationError(_("本单位没有这个管理编号的器具，须与器具档案一致"))
        return self.meters[code]

    def refuse_future(self, field: str) -> None:
        """Refuse a day after today."""
        given = self.cleaned_data.get(field)
        if given is None:
            return
        given = to_beijing(given).date() if isinstance(given, datetime) else given
        if given > self.today:
            self.add_error(field, _("不能晚于今天，请核对"))
        elif given < EARLIEST:
            self.add_error(field, _("早于 1991-09-16，请核对年份"))


class CertificateForm(LedgerForm):
    """A certificate of a meter."""

    meter = text(_("管理编号"), required=True, length=50)
    kind = choice(_("类别"), [c for c in CertificateKind.choices if c[0] != CertificateKind.REGISTERED])
    number = text(_("证书编号"), required=True, length=100)
    verified_on = day(_("检定日期"))
    valid_until = day(_("有效期至"), required=False)
    result = choice(_("结论"), CertificateResult.choices, initial=CertificateResult.PASSED)
    institution = text(_("检定机构"))
    serial_number = text(_("出厂编号"), length=100)
    document = text(_("文件"))

    def clean(self) -> dict[str, Any]:
        """Check the days against each other and today."""
        data = super().clean() or {}
        self.refuse_future("verified_on")
        tested, until = data.get("verified_on"), data.get("valid_until")
        if tested and until and until < tested:
            self.add_error("valid_until", _("早于检定日期，请核对"))
        passed = data.get("result") == CertificateResult.PASSED
        if passed and data.get("kind") == CertificateKind.VERIFICATION and until is None and not self.errors:
            self.add_error("valid_until", _("检定合格的证书须有有效期，按证书填写"))
        return data

    def facts(self) -> dict[str, Any]:
        """Give the certificate's fields; a failed test has no term."""
        data = dict(self.cleaned_data)
        if data["result"] == CertificateResult.FAILED:
            data["valid_until"] = None
        return data | {"meter_id": data.pop("meter")}


NEEDED_BY_EVENT: Mapping[str, tuple[str, ...]] = {
    EventKind.REPLACEMENT: ("final_register", "initial_register"),
    EventKind.MULTIPLIER: ("final_register", "multiplier"),
    EventKind.REMOVAL: ("final_register",),
}
"""Without these the consumption on both sides of the event cannot be computed."""


class EventForm(LedgerForm):
    """An event of a meter."""

    meter = text(_("管理编号"), required=True, length=50)
    kind = choice(_("事件"), EventKind.choices)
    at = forms.DateTimeField(
        label=_("发生时间"), input_formats=MOMENT_FORMATS,
        widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"),
        error_messages={"required": REQUIRED, "invalid": MOMENT_ERROR},
    )  # fmt: skip
    final_register = number(_("止码"), required=False, least=0)
    initial_register = number(_("起码"), required=False, least=0)
    multiplier = number(_("倍率"), required=False)
    serial_number = text(_("新表出厂编号"), length=100)
    reason = text(_("原因"), required=True)
    document = text(_("文件"))

    def clean(self) -> dict[str, Any]:
        """Check what the kind of event needs."""
        data = super().clean() or {}
        self.refuse_future("at")
        for name in NEEDED_BY_EVENT.get(data.get("kind", ""), ()):
            if data.get(name) is None and name not in self.errors:
                self.add_error(name, _("这类事件必填：前后用量要靠它接续"))
        if data.get("multiplier") is not None and data["multiplier"] <= 0:
            self.add_error("multiplier", _("倍率须大于 0"))
        return data

    def facts(self) -> dict[str, Any]:
        """Give the event's fields."""
        data = dict(self.cleaned_data)
        return data | {"meter_id": data.pop("meter"), "at": data["at"].astimezone(BEIJING)}


class FigureForm(LedgerForm):
    """A figure of one month."""

    energy = choice(_("能源品种"), [])
    month = forms.CharField(
        label=_("月份"), max_length=20, widget=forms.TextInput({"type": "month"}), error_messages={"required": REQUIRED}
    )
    kind = choice(_("类别"), FigureKind.choices)
    quantity = number(_("数量"), least=0)
    unit = text(_("单位"), length=30)
    document = text(_("凭证"))

    def clean_month(self) -> date:
        """Read a month in the usual spellings."""
        found = _MONTH.fullmatch(self.cleaned_data["month"].strip())
        if found is None or not 1 <= int(found[2]) <= 12 or int(found[1]) < EARLIEST.year:
            raise forms.ValidationError(_("月份无法识别，写成 2026-11"))
        month = date(int(found[1]), int(found[2]), 1)
        if month > self.today:
            raise forms.ValidationError(_("不能晚于本月，请核对"))
        return month

    def clean(self) -> dict[str, Any]:
        """Bring the quantity to the base unit of its energy."""
        data = super().clean() or {}
        if self.errors:
            return data
        base = figure_unit(data["energy"], data["kind"])
        data["unit"] = data["unit"].strip() or base
        try:
            data["base_quantity"] = data["quantity"] * conversion_factor(data["unit"], base)
            data["unit"] = unit(data["unit"]).symbol
        except NenghaoError as error:
            words = error.message_zh if page_language() == "zh" else error.message_en
            self.add_error(
                "unit", _("%(error)s；可用：%(known)s") % {"error": words, "known": "、".join(units_like(base))}
            )
        return data

    def facts(self) -> dict[str, Any]:
        """Give the figure's fields."""
        data = self.cleaned_data
        return {
            "energy_key": data["energy"], "month": data["month"], "kind": data["kind"],
            "quantity": data["base_quantity"], "entered_quantity": data["quantity"], "entered_unit": data["unit"],
            "document": data["document"],
        }  # fmt: skip


class HeatingValueForm(LedgerForm):
    """A measured net calorific value."""

    units = {"value": "kJ/kg · kJ/m3"}

    energy = choice(_("能源品种"), [])
    from_day = day(_("起始日期"))
    value = number(_("低位发热量"))
    report_number = text(_("报告编号"), required=True, length=100)
    laboratory = text(_("检测机构"))

    def clean(self) -> dict[str, Any]:
        """Check that the energy has a heating value by mass or volume."""
        data = super().clean() or {}
        self.refuse_future("from_day")
        if data.get("value") is not None and data["value"] <= 0:
            self.add_error("value", _("须大于 0，单位为固体液体 kJ/kg、气体 kJ/m3"))
        if "energy" in data and heating_unit(data["energy"]) is None:
            self.add_error("energy", _("该品种不按质量或体积计量，没有低位发热量"))
        return data

    def facts(self) -> dict[str, Any]:
        """Give the value's fields."""
        data = dict(self.cleaned_data)
        return data | {"energy_key": data["energy"], "unit": heating_unit(data.pop("energy"))}


def figure_unit(energy_key: str, kind: str) -> str:
    """Give the unit that a monthly figure is stored in: yuan for an amount, else the energy's base unit."""
    return "yuan" if kind == FigureKind.PURCHASE_AMOUNT else library().energy_type(energy_key).base_unit


def heating_unit(energy_key: str) -> str | None:
    """Give the unit of the heating value of an energy: kJ/kg, kJ/m3, or none."""
    return HEATING_UNITS.get(library().energy_type(energy_key).base_unit)


def units_like(base: str) -> list[str]:
    """Give the units that can be brought to a base unit."""
    return [symbol for symbol, known in UNITS.items() if known.dimension is UNITS[base].dimension]


def energy_choices(enterprise: Enterprise) -> list[tuple[str, str]]:
    """Give the energies to choose from: those the enterprise collects first, then all others."""
    own = DataItem.objects.filter(enterprise=enterprise, active=True).exclude(energy_key="")
    keys = list(dict.fromkeys([*own.order_by("energy_key").values_list("energy_key", flat=True).distinct()]))
    others = [energy.key for energy in library().energy_types() if energy.base_unit != "tce"]
    return [(key, energy_name(key)) for key in dict.fromkeys([*(k for k in keys if k in others), *others])]
