"""What the analysis pages show: facts compared, grouped and decomposed, for a region or an enterprise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from nenghao.accounting.trace import TotalBasis
from nenghao.hub.analysis.comparing import Against, Change, Effects, Line, by_month, change, effects, lines
from nenghao.hub.analysis.facts import CALORIFIC, EQUIVALENT, Facts, energy_facts, enterprise_facts
from nenghao.hub.monitoring.energies import energy_name
from nenghao.hub.monitoring.words import state_words
from nenghao.hub.registry.models import Enterprise, Industry, Region
from nenghao.readings import ReadingStore

BAR, TOP = "#14508c", 12
EFFECT_COLOURS = ("#0072b2", "#8c6d1f", "#009e73")
"""Blue, brown, green: told apart by colour-blind people too; the second is hatched."""
GROUPINGS = ("region", "industry", "enterprise")


@dataclass(frozen=True, slots=True)
class Analysis:
    """One page: the figures of all, and the lines of the groups."""

    month: date
    against: Against
    basis: TotalBasis
    facts: Facts
    on_month: Change
    on_year: Change
    cumulative: Change
    effects: Effects | None
    lines: Sequence[Line]
    is_unverified: bool

    @property
    def trend(self) -> dict[str, Any]:
        """The chart of the year's months with those of the year before."""
        now, before = by_month(self.facts)
        before = before[: len(now)]
        months = [str(month) for month in self.facts.months[12:]]
        return {
            "kind": "trend", "label": f"{_('综合能耗')} {basis_word(self.basis)}", "unit": "tce",
            "periods": [m[5:] for m in months], "titles": months, "missing": [], "words": state_words(),
            "series": [
                {"name": f"{self.month.year}", "color": BAR, "values": now, "estimated": [False] * len(now)},
            ],
            "before": {"name": f"{self.month.year - 1}", "values": before} if any(before) else None,
        }  # fmt: skip

    @property
    def effect_chart(self) -> dict[str, Any] | None:
        """The chart of what moved consumption: all together, then the groups that moved it most."""
        found = self.effects
        if found is None:
            return None
        moved = sorted(
            (line for line in self.lines if line.effect is not None), key=lambda line: -abs(line.effect or 0)
        )
        rows = [
            (_("合计"), found.activity, found.structure, found.intensity),
            *((line.label, line.activity, line.structure, line.intensity) for line in moved[:TOP]),
        ]
        return {
            "kind": "effects", "label": _("变化的因素分解"), "unit": "tce", "groups": [row[0] for row in rows],
            "series": [
                {"name": name, "color": colour, "values": [row[place + 1] for row in rows]}
                for place, (name, colour) in enumerate(zip(effect_names(), EFFECT_COLOURS, strict=True))
            ],
        }  # fmt: skip


def basis_word(basis: TotalBasis) -> str:
    """Name a basis."""
    return _("等价值") if basis == EQUIVALENT else _("当量值")


def effect_names() -> tuple[str, str, str]:
    """Name the three effects."""
    return _("产出增减"), _("结构变化"), _("强度变化")


def region_analysis(
    *, store: ReadingStore, region: Region, enterprises: QuerySet[Enterprise], month: date, against: Against | None,
    by: str, basis: TotalBasis = CALORIFIC,
) -> Analysis:  # fmt: skip
    """Analyse the enterprises of a region that the account may see; ``by`` is one of ``GROUPINGS``.

    Without ``against`` the year before is compared, or the month before while nothing is known of that year.
    """
    members = list(enterprises.order_by("pk").values("id", "code", "name", "region__path", "industry_id"))
    ids = [member["id"] for member in members]
    facts = enterprise_facts(store=store, enterprise_ids=ids, month=month, basis=basis)
    words, labels = _grouped(members, region, by)
    page = {"enterprise": "analysis-enterprise", "region": "analysis-region"}.get(by)
    urls = {code: reverse(page, args=[code]) for code in labels} if page else {}
    return _analysis(facts, _Groups(words, labels, urls), month, against, basis)


def enterprise_analysis(
    *, store: ReadingStore, enterprise: Enterprise, month: date, against: Against | None,
    basis: TotalBasis = CALORIFIC,
) -> Analysis:  # fmt: skip
    """Analyse one enterprise: its total with its activity, and its energies one by one."""
    facts = enterprise_facts(store=store, enterprise_ids=[enterprise.pk], month=month, basis=basis)
    groups = _Groups([enterprise.code], {enterprise.code: enterprise.name}, {})
    whole = _analysis(facts, groups, month, against, basis)
    energies = energy_facts(store=store, enterprise=enterprise, month=month, basis=basis)
    keys = [str(key) for key in energies.keys]
    by_energy = [replace(line, label=energy_name(line.key)) for line in lines(energies, keys, None)]
    return replace(whole, lines=by_energy)


@dataclass(frozen=True, slots=True)
class _Groups:
    """The group of every row, what the groups are called, and where they lead."""

    words: Sequence[str]
    labels: Mapping[str, str]
    urls: Mapping[str, str]


def _analysis(
    facts: Facts, groups: _Groups, month: date, chosen: Against | None, basis: TotalBasis
) -> Analysis:  # fmt: skip
    known = change(facts, Against.YEAR).compared > 0
    against = chosen or (Against.YEAR if known else Against.MONTH)
    found = effects(facts, against)
    named = [
        replace(line, label=groups.labels[line.key], url=groups.urls.get(line.key, ""))
        for line in lines(facts, groups.words, found)
    ]
    return Analysis(
        month, against, basis, facts, change(facts, Against.MONTH), change(facts, Against.YEAR),
        change(facts, Against.CUMULATIVE), found, named, bool(facts.is_unverified[:, -1].any()),
    )  # fmt: skip


def _grouped(members: Sequence[Mapping[str, Any]], region: Region, by: str) -> tuple[list[str], dict[str, str]]:
    """Give the group of every member, and what the groups are called."""
    if by == "enterprise":
        return [m["code"] for m in members], {m["code"]: m["name"] for m in members}
    if by == "industry":
        codes = [m["industry_id"][:3] for m in members]
        names = dict(Industry.objects.filter(code__in=set(codes)).values_list("code", "name"))
        return codes, {code: names.get(code, code) for code in codes}
    own = len(region.path)
    codes = [m["region__path"][own : own + 6] or region.code for m in members]
    return codes, dict(Region.objects.filter(code__in=set(codes)).values_list("code", "name"))
