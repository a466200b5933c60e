"""Forms by which flows, rules and equivalent values are stated; every refusal says what to do."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nenghao.hub.energy_accounts.models import FlowChoice, RuleKind
from nenghao.hub.evidence.forms import REQUIRED, choice, number, text
from nenghao.hub.monitoring.energies import energy_name
from nenghao.hub.production.models import Product
from nenghao.hub.registry.models import DataItem, Enterprise, Process
from nenghao.reference import library

METHODS = (
    ("output", _("按产量")), ("measured", _("按直接计量消费")), ("ratio", _("按固定比例")),
    ("tce", _("按直接消费折标准煤")),
)  # fmt: skip
RATIO_TOLERANCE = 1e-6


def month_field(label: Any) -> forms.DateField:
    """A month, given as 2026-11."""
    return forms.DateField(
        label=label, input_formats=["%Y-%m", "%Y-%m-%d"], widget=forms.DateInput({"type": "month"}, "%Y-%m"),
        error_messages={"required": REQUIRED, "invalid": _("月份无法识别，写成 2026-11")},
    )  # fmt: skip


class StatementForm(forms.Form):
    """What the forms of an enterprise share: its processes, and why something changes."""

    def __init__(self, *args: Any, enterprise: Enterprise, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enterprise = enterprise
        self.processes = list(Process.objects.filter(enterprise=enterprise).values_list("code", "name"))

    def process_choices(self, empty: Any) -> list[tuple[str, Any]]:
        """Give the processes to choose from, the whole plant first."""
        return [("", empty), *((code, f"{code} {name}") for code, name in self.processes)]


class FlowForm(StatementForm):
    """Which flow an item measures, from a month on."""

    item = choice(_("数据项"), [])
    flow = choice(_("流向"), FlowChoice.choices)
    unit_code = forms.ChoiceField(label=_("生产工序"), required=False)
    from_month = month_field(_("起始月份"))
    reason = text(_("理由"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        items = DataItem.objects.filter(enterprise=self.enterprise, active=True).exclude(energy_key="")
        self.items = {str(pk): (code, name) for pk, code, name in items.values_list("pk", "data_code", "name")}
        self.fields["item"].choices = [(pk, f"{name} {code}") for pk, (code, name) in self.items.items()]  # type: ignore[attr-defined]
        self.fields["unit_code"].choices = self.process_choices(_("全厂"))  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Give the row of the ledger."""
        data = self.cleaned_data
        return {
            "data_item_id": int(data["item"]), "from_month": data["from_month"].replace(day=1), "flow": data["flow"],
            "unit_code": data["unit_code"],
        }  # fmt: skip


class BoundaryForm(StatementForm):
    """Which processes lie outside the boundary, from a month on."""

    outside = forms.MultipleChoiceField(
        label=_("边界之外的工序"), required=False, widget=forms.CheckboxSelectMultiple(), choices=[]
    )
    from_month = month_field(_("起始月份"))
    basis = text(_("依据"), required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outside"].choices = self.process_choices("")[1:]  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Give the row of the ledger."""
        content = {"outside": sorted(self.cleaned_data["outside"])}
        return rule_row(RuleKind.BOUNDARY, "", self.cleaned_data, content)


class FeedstockForm(StatementForm):
    """Whether energy used as raw material counts, from a month on."""

    included = choice(_("原料用能"), [("1", _("计入综合能耗")), ("0", _("不计入综合能耗"))])
    from_month = month_field(_("起始月份"))
    basis = text(_("依据"), required=True)

    def facts(self) -> dict[str, Any]:
        """Give the row of the ledger."""
        return rule_row(RuleKind.FEEDSTOCK, "", self.cleaned_data, {"included": self.cleaned_data["included"] == "1"})


class AllocationForm(StatementForm):
    """By what shared energy is given to products, from a month on."""

    energy = forms.ChoiceField(label=_("能源品种"), required=False)
    process = forms.ChoiceField(label=_("生产工序"), required=False)
    method = choice(_("分摊方法"), METHODS)
    shares = text(_("比例（产品编码=比例，以逗号分隔）"))
    from_month = month_field(_("起始月份"))
    basis = text(_("依据"), required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        items = DataItem.objects.filter(enterprise=self.enterprise, active=True).exclude(energy_key="")
        keys = sorted(set(items.values_list("energy_key", flat=True)))
        self.fields["energy"].choices = [("", _("全部品种")), *((key, energy_name(key)) for key in keys)]  # type: ignore[attr-defined]
        self.fields["process"].choices = self.process_choices(_("全厂共用"))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Read fixed ratios: products of the enterprise, which add up to 1."""
        data = super().clean() or {}
        data["ratios"] = {}
        if data.get("method") != "ratio":
            return data
        codes = set(Product.objects.filter(enterprise=self.enterprise, active=True).values_list("code", flat=True))
        try:
            pairs = [part.split("=") for part in data.get("shares", "").replace("，", ",").split(",") if part.strip()]
            data["ratios"] = {code.strip(): float(value) for code, value in pairs}
        except ValueError:
            self.add_error("shares", _("写成 P1=0.6,P2=0.4"))
            return data
        if strange := sorted(set(data["ratios"]) - codes):
            self.add_error("shares", _("没有这些产品：%(codes)s") % {"codes": "、".join(strange)})
        elif abs(sum(data["ratios"].values()) - 1) > RATIO_TOLERANCE or min(data["ratios"].values(), default=-1) < 0:
            self.add_error("shares", _("比例不得为负，合计须为 1"))
        return data

    def facts(self) -> dict[str, Any]:
        """Give the row of the ledger."""
        data = self.cleaned_data
        content: dict[str, Any] = {"method": data["method"]}
        if data["ratios"]:
            content["shares"] = data["ratios"]
        return rule_row(RuleKind.ALLOCATION, f"{data['energy']}/{data['process']}", data, content)


def rule_row(kind: str, subject: str, data: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """Give a row of the ledger of rules."""
    month: date = data["from_month"]
    return {
        "kind": str(kind), "subject": subject, "from_month": month.replace(day=1), "content": content,
        "basis": data["basis"],
    }  # fmt: skip


class EquivalentForm(forms.Form):
    """The equivalent value of an energy in a year [kgce per base unit]."""

    energy = choice(_("能源品种"), [])
    year = forms.IntegerField(label=_("年度"), min_value=2008, max_value=2099, error_messages={"required": REQUIRED})
    kgce_per_unit = number(_("等价折标系数（电力 kgce/kWh，热力 kgce/GJ）"), least=0)
    source = text(_("来源"), required=True, length=300)
    reason = text(_("理由"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["energy"].choices = [  # type: ignore[attr-defined]
            (key, f"{energy_name(key)} [kgce/{library().energy_type(key).base_unit}]")
            for key in ("electricity", "heat")
        ]
