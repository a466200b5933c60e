"""What a product's month must state for its standard: parameters of corrections, metrics not in the account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.utils.translation import gettext as _

from nenghao.errors import Language, NenghaoError
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.production.models import Product
from nenghao.reference.corrections import PRESSURE, Correction
from nenghao.reference.model import Status
from nenghao.reference.quota_metrics import quota_metric
from nenghao.supervision import quota_book

STATED = "stated_"
"""Prefix of the parameter that holds a metric which the account cannot give, in the unit of its limit."""
_PAIR = re.compile(r"\s*([^=＝]+?)\s*[=＝]\s*(.+?)\s*")
_YES, _NO = {"是", "有", "yes", "true", "1"}, {"否", "无", "no", "false", "0"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One parameter to be filed: its name in the ledger, its words, and what it may hold."""

    name: str
    label: str
    kind: Literal["number", "flag", "choice"]
    unit: str = ""
    rule: str = ""
    needed: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    status: Status = "secondhand"

    def parse(self, text: str) -> float | bool | str:
        """Read what was typed; refuse with what may be filled in."""
        word = text.strip()
        if self.kind == "flag" and word.lower() in _YES | _NO:
            return word.lower() in _YES
        if self.kind == "choice":
            for key, label in self.choices:
                if word in (key, label):
                    return key
        if self.kind == "number":
            try:
                number = float(word.rstrip("%"))
            except ValueError:
                number = float("nan")
            if number == number and abs(number) < float("inf"):  # noqa: PLR0124 - NaN is unlike itself
                return number
        known = {"flag": _("是、否"), "choice": "、".join(label for _key, label in self.choices)}.get(
            self.kind, _("数")
        )
        raise NenghaoError(
            "parameter-unreadable", f"「{self.label}」填写有误: {word[:30]}",
            f"{self.label} cannot be read: {word[:30]}",
            field=self.name, mend_zh=f"可填: {known}", mend_en=f"may be: {known}",
        )  # fmt: skip


def asked_of(product: Product, on: date) -> list[Asked]:
    """Give what the standard in force on a day asks of a product's month."""
    book, language = quota_book(), page_language()
    entries = [
        entry for entry in book.in_force(product.quota_product, on)
        if not product.quota_condition or entry.row.condition == product.quota_condition
    ]  # fmt: skip
    found: dict[str, Asked] = {}
    for entry in entries:
        metric = quota_metric(entry.row.metric_key)
        if metric.basis == "stated":
            found[STATED + metric.key] = Asked(STATED + metric.key, entry.row.metric, "number", entry.row.unit)
        for correction in entry.corrections:
            for one in _of_correction(correction, language):
                found.setdefault(one.name, one)
    return list(found.values())


def _of_correction(one: Correction, language: Language) -> list[Asked]:
    if not one.parameter:
        return []
    kind: Literal["number", "flag", "choice"] = "flag" if one.kind == "flag" else "number"
    choices: tuple[tuple[str, str], ...] = ()
    if one.kind == "choice":
        kind = "choice"
        choices = tuple((c.key, c.name_zh if language == "zh" else c.name_en) for c in one.choices)
    needed = one.missing == "cannot_judge"
    found = [Asked(one.parameter, one.name(language), kind, one.unit, one.rule, needed, choices, one.status)]
    if one.kind == "altitude":
        found.append(Asked(PRESSURE, _("环境大气压"), "number", "Pa", one.rule, status=one.status))
    return found


def parse_text(text: str, asked: list[Asked]) -> dict[str, Any]:
    """Read ``熟料比例=76.5；海拔=1600`` as a cell of an import holds it."""
    known = {word: one for one in asked for word in (one.name, one.label)}
    found: dict[str, Any] = {}
    for part in re.split(r"[;；\n]", text):
        if not part.strip():
            continue
        pair = _PAIR.fullmatch(part)
        if pair is None or pair[1] not in known:
            raise NenghaoError(
                "parameter-unknown", f"不认识的修正参数「{part.strip()[:40]}」",
                f"unknown parameter {part.strip()[:40]!r}",
                field="parameters", mend_zh="可填: " + ("、".join(one.label for one in asked) or "该产品没有修正参数"),
                mend_en="known: " + (", ".join(one.label for one in asked) or "the product has none"),
            )  # fmt: skip
        found[known[pair[1]].name] = known[pair[1]].parse(pair[2])
    return found


def shown(parameters: Mapping[str, Any], asked: list[Asked]) -> list[tuple[Asked, Any]]:
    """Give each parameter asked for with what was filed, ``None`` where nothing was."""
    return [(one, parameters.get(one.name)) for one in asked]
