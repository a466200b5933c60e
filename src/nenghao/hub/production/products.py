"""Products of an enterprise: made and changed with an audit entry, and the rows of the standards to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from nenghao.hub.audit.services import Actor, record
from nenghao.hub.evidence.forms import Choice, day, number, text
from nenghao.hub.looks import StyledForm
from nenghao.hub.monitoring.words import unit_word
from nenghao.hub.production.models import Product
from nenghao.hub.registry.models import DataItem, Enterprise, Process
from nenghao.reference.quota_metrics import output_units
from nenghao.supervision import quota_book

FACTS = (
    "name", "unit", "process_code", "quota_product", "quota_condition", "is_new_capacity", "commissioned_on",
    "annual_capacity", "data_item_id", "active",
)  # fmt: skip
PRODUCT_CLASS = "04"
"""Class of the wire's codes that products have."""
SHOWN = 40


@dataclass(frozen=True, slots=True)
class StandardRow:
    """A product and condition of a standard in force, with its limits as the page shows them."""

    product: str
    condition: str
    citation: str
    industry: str
    limits: tuple[tuple[str, str, str], ...]
    """Metric, unit, limits of grade 3, 2 and 1 as one text."""
    is_unverified: bool

    @property
    def key(self) -> str:
        """What the form sends."""
        return f"{self.product}|{self.condition}"


def standard_rows(on: date, words: str = "") -> list[StandardRow]:
    """Give the products and conditions in force on a day whose words all occur, in the order of the standards."""
    wanted = words.lower().split()
    groups: dict[tuple[str, str], list[Any]] = {}
    for entry in quota_book().rows_on(on):
        row = entry.row
        told = f"{row.product} {row.condition} {row.citation} {row.industry} {row.standard.replace(' ', '')}".lower()
        if all(word in told for word in wanted):
            groups.setdefault((row.product, row.condition), []).append(row)
    return [
        StandardRow(
            product, condition, rows[0].citation, rows[0].industry,
            tuple((row.metric, row.unit, " / ".join("—" if g is None else f"{g}" for g in reversed(row.grades)))
                  for row in rows),
            any(row.status == "unverified" for row in rows),
        )
        for (product, condition), rows in groups.items()
    ]  # fmt: skip


class ProductForm(StyledForm):
    """A product; what it is held against is chosen from the standards in force."""

    code = forms.RegexField(
        r"^[A-Za-z0-9_-]+$", label=_("产品编码"), max_length=30, error_messages={"invalid": _("用字母、数字、- 和 _")}
    )
    name = text(_("产品名称"), required=True, length=100)
    unit = Choice(label=_("计量单位"), choices=[(word, unit_word(word)) for word in output_units()])
    process_code = Choice(label=_("生产工序"), required=False)
    data_item = Choice(label=_("上传的产量数据项"), required=False)
    annual_capacity = number(_("年产能"), required=False, least=0)
    commissioned_on = day(_("投产日期"), required=False)
    is_new_capacity = forms.BooleanField(label=_("新建、改扩建产能（须达 2 级）"), required=False)
    active = forms.BooleanField(label=_("启用"), required=False, initial=True)
    standard = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, enterprise: Enterprise, product: Product | None, today: date) -> None:
        self.enterprise, self.product, self.today = enterprise, product, today
        super().__init__(data, initial=_initial(product))
        fields: Any = self.fields
        if product is not None:
            fields["unit"].choices = [
                (word, unit_word(word)) for word in dict.fromkeys([product.unit, *output_units()])
            ]
            fields["code"].disabled = True
        processes = Process.objects.filter(enterprise=enterprise).values_list("code", "name")
        fields["process_code"].choices = [("", _("全厂")), *((code, f"{code} {name}") for code, name in processes)]
        items = DataItem.objects.filter(enterprise=enterprise, class_code=PRODUCT_CLASS, energy_key="", active=True)
        fields["data_item"].choices = [("", _("无，每月填报")), *(
            (str(pk), f"{name} [{unit_word(unit)}]") for pk, name, unit in items.values_list("pk", "name", "base_unit")
        )]  # fmt: skip

    def clean_code(self) -> str:
        """Refuse a code that is taken, and the word of the page for a new one."""
        code = self.cleaned_data["code"]
        taken = Product.objects.filter(enterprise=self.enterprise, code=code)
        if code == "new" or (self.product is None and taken.exists()):
            raise forms.ValidationError(_("这个编码已经用了，换一个"))
        return code

    def clean_standard(self) -> tuple[str, str]:
        """Split product and condition; only what is in force, or what stood there before, may be chosen."""
        product, _bar, condition = self.cleaned_data["standard"].partition("|")
        before = (self.product.quota_product, self.product.quota_condition) if self.product else ("", "")
        known = {(entry.row.product, entry.row.condition) for entry in quota_book().in_force(product, self.today)}
        if product and (product, condition) not in known | {before}:
            raise forms.ValidationError(_("限额标准中没有这一行，请重新选择"))
        return product, condition

    def facts(self) -> dict[str, Any]:
        """Give the product's fields."""
        data = dict(self.cleaned_data)
        data["quota_product"], data["quota_condition"] = data.pop("standard")
        item = data.pop("data_item")
        data["data_item_id"] = int(item) if item else None
        return data


def _initial(product: Product | None) -> dict[str, Any]:
    if product is None:
        return {"unit": "t", "active": True}
    found = {name: getattr(product, name) for name in FACTS} | {"code": product.code}
    found["data_item"] = str(product.data_item_id or "")  # type: ignore[attr-defined]
    found["standard"] = f"{product.quota_product}|{product.quota_condition}" if product.quota_product else ""
    return found


@transaction.atomic
def save_product(
    *, actor: Actor, now: datetime, enterprise: Enterprise, product: Product | None, facts: Mapping[str, Any]
) -> Product:
    """Make or change a product; the audit trail says what it was before."""
    before = {name: getattr(product, name) for name in FACTS} if product is not None else None
    saved = product or Product(enterprise=enterprise, code=facts["code"])
    for name in FACTS:
        setattr(saved, name, facts[name])
    saved.save()
    after = {name: facts[name] for name in FACTS}
    if before != after:
        record(
            actor=actor, now=now, action="product-saved", object_type="product",
            object_key=f"{enterprise.code}/{saved.code}", region_path=enterprise.region.path, before=before,
            after=after,
        )  # fmt: skip
    return saved
