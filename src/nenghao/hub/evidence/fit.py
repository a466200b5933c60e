"""Fit rates (配备率) of a region or an enterprise: which places must have a meter, which have one, which lack it.

A place is due (本平台设定) where an active data item of an energy is registered (the plant, a process or its unit, a
piece of equipment), and where key equipment without an electricity item is rated at or above the printed threshold.
It is equipped when a meter in service carries the data code of one of its items.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext as _

from nenghao.hub.evidence.models import MeterStanding
from nenghao.hub.registry.models import DataItem, Enterprise, Equipment
from nenghao.hub.registry.models.collection import Scope
from nenghao.quality.meter_classes import Fit, fit_rate
from nenghao.reference import MeteringThreshold, library
from nenghao.reference.model import MeteringLevel

LEVEL_OF_SCOPE: dict[int, MeteringLevel] = {
    Scope.PLANT: "entering_unit",
    Scope.PROCESS: "sub_unit",
    Scope.PROCESS_UNIT: "sub_unit",
    Scope.EQUIPMENT: "equipment",
}
ELECTRICITY = "electricity"
_ORDER: tuple[MeteringLevel, ...] = ("entering_unit", "sub_unit", "equipment")
MISSING_SHOWN = 200


@dataclass(frozen=True, slots=True)
class MissingPlace:
    """A place that must have a meter and has none."""

    level: MeteringLevel
    energy_key: str
    place: str
    reason: str


def level_name(level: str) -> str:
    """Name a level (GB 17167)."""
    return {
        "entering_unit": _("进出用能单位"), "sub_unit": _("主要次级用能单位"), "equipment": _("主要用能设备"),
    }[level]  # fmt: skip


def _due_items(enterprises: QuerySet[Enterprise]) -> QuerySet[DataItem]:
    """Give the items of energies that are metered, each with whether a meter in service feeds it."""
    in_tce = [energy.key for energy in library().energy_types() if energy.base_unit == "tce"]
    fed = MeterStanding.objects.filter(
        enterprise=OuterRef("enterprise"), data_code=OuterRef("data_code"), in_service=True
    )
    rows = DataItem.objects.filter(enterprise__in=enterprises, active=True).exclude(energy_key="")
    return rows.exclude(energy_key__in=in_tce).annotate(fed=Exists(fed), place=_place())


def _place() -> Concat:
    """Name the place of an item within the province: enterprise, process, unit, equipment."""
    parts = ("enterprise_id", "process_id", "process_unit_id", "equipment_id")
    texts = [Coalesce(Cast(F(name), CharField()), Value("")) for name in parts]
    return Concat(*[part for text in texts for part in (text, Value("/"))])


def threshold_kw() -> MeteringThreshold | None:
    """Give the rated power from which electric equipment must have a meter."""
    return library().metering_threshold("equipment", ELECTRICITY)


def _unlisted_equipment(enterprises: QuerySet[Enterprise]) -> QuerySet[Equipment]:
    """Give the equipment rated at or above the threshold that has no electricity item of its own."""
    limit = threshold_kw()
    rows = Equipment.objects.filter(enterprise__in=enterprises)
    if limit is None:
        return rows.none()
    own = DataItem.objects.filter(equipment=OuterRef("pk"), energy_key=ELECTRICITY, active=True)
    return rows.filter(rated_power_kw__gte=float(limit.threshold)).filter(~Exists(own))


def fit_rates(enterprises: QuerySet[Enterprise]) -> list[Fit]:
    """Give the fit rates by energy and level, two queries; the caller has brought the standings up to date."""
    counts: dict[tuple[MeteringLevel, str], list[int]] = {}
    rows = _due_items(enterprises).values("scope", "energy_key").order_by("scope", "energy_key")
    totals = rows.annotate(due=Count("place", distinct=True), got=Count("place", distinct=True, filter=Q(fed=True)))
    for row in totals:
        _add(counts, LEVEL_OF_SCOPE[row["scope"]], row["energy_key"], row["due"], row["got"])
    _add(counts, "equipment", ELECTRICITY, _unlisted_equipment(enterprises).count(), 0)
    found = [
        fit_rate(level=level, energy_key=key, due=due, equipped=got, required=library().metering_fit_rate(key))
        for (level, key), (due, got) in counts.items()
        if due
    ]
    return sorted(found, key=lambda fit: (fit.energy_key, _ORDER.index(fit.level)))


def _add(counts: dict, level: MeteringLevel, key: str, due: int, got: int) -> None:
    entry = counts.setdefault((level, key), [0, 0])
    entry[0] += due
    entry[1] += got


def missing_places(enterprise: Enterprise) -> list[MissingPlace]:
    """Name the places of one enterprise that lack a meter, at most :data:`MISSING_SHOWN`; two queries."""
    own = Enterprise.objects.filter(pk=enterprise.pk)
    items = list(_due_items(own).select_related("process", "process_unit", "equipment").order_by("scope", "data_code"))
    equipped = {(item.scope, item.energy_key, item.place) for item in items if item.fed}  # type: ignore[attr-defined]
    found: dict[tuple, MissingPlace] = {}
    for item in items:
        key = (item.scope, item.energy_key, item.place)  # type: ignore[attr-defined]
        if key not in equipped:
            level = LEVEL_OF_SCOPE[item.scope]
            words = _("数据项 %(code)s 没有在用的器具") % {"code": item.data_code}
            found.setdefault(key, MissingPlace(level, item.energy_key, _place_name(item), words))
    return [*found.values(), *_missing_equipment(own)][:MISSING_SHOWN]


def _place_name(item: DataItem) -> str:
    return str(item.equipment or item.process_unit or item.process or _("全厂"))


def _missing_equipment(own: QuerySet[Enterprise]) -> Iterable[MissingPlace]:
    limit = threshold_kw()
    for row in _unlisted_equipment(own).order_by("type_code", "number"):
        words = _("额定功率 %(power)g kW，不低于 %(limit)s kW（%(clause)s，待核）") % {
            "power": row.rated_power_kw, "limit": limit.threshold if limit else "",
            "clause": f"{limit.standard} {limit.clause}" if limit else "",
        }  # fmt: skip
        yield MissingPlace("equipment", ELECTRICITY, str(row), words)
