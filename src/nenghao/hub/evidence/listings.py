"""The tables of the evidence pages: meters, late records, monthly figures, heating values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from nenghao.hub.evidence.formats import exact
from nenghao.hub.evidence.models import FigureKind, HeatingValue, LedgerRow, MeterEvent, MonthlyFigure, Via
from nenghao.hub.evidence.models import VerificationCertificate as Certificate
from nenghao.hub.evidence.states import State, by_urgency, months_ahead, with_state
from nenghao.hub.listing import Filter, ListColumn, Listing
from nenghao.hub.monitoring.energies import energy_name, energy_unit
from nenghao.hub.monitoring.formats import moment
from nenghao.hub.monitoring.words import unit_word
from nenghao.hub.registry.models import Enterprise, Meter, Region
from nenghao.hub.registry.models.assets import MeteringLevel
from nenghao.quality.flags import Flag


def meter_listing(
    enterprises: QuerySet[Enterprise], today: date, *, regions: Sequence[Region] | None = None
) -> Listing:
    """List the meters of enterprises, what needs doing first.

    ``regions`` are offered as a filter; with them (also with none to choose from) each row names its enterprise.
    """
    rows = Meter.objects.filter(enterprise__in=enterprises).select_related("enterprise__region", "standing")
    columns = (
        ListColumn(
            _("管理编号"), lambda row: row.manage_code, order="manage_code", template="evidence/meter_cell.html"
        ),
        ListColumn(_("级别"), lambda row: row.get_level_display() or "–", order="level"),
        ListColumn(_("能源品种"), _energy, order="standing__energy_key"),
        ListColumn(_("状态"), _state, order="evidence_rank", template="evidence/state_cell.html"),
        ListColumn(
            _("有效期至"), lambda row: _standing(row, "valid_until"), kind="date", order="standing__valid_until"
        ),
        ListColumn(_("剩余天数"), lambda row: _days_left(row, today), kind="integer", unit="d"),
        ListColumn(
            _("最近检定"), lambda row: _standing(row, "verified_on"), kind="date", order="standing__verified_on"
        ),
        ListColumn(_("准确度等级"), lambda row: row.accuracy_class, template="evidence/class_cell.html"),
        ListColumn(_("要求等级（待核）"), lambda row: _standing(row, "class_required") or "–"),
    )
    owner = ListColumn(
        _("用能单位"), lambda row: row.enterprise.name, order="enterprise__name", template="evidence/owner_cell.html"
    )
    filters = [
        Filter("state", _("状态"), "evidence_state", State.choices),
        Filter("level", _("级别"), "level", MeteringLevel.choices),
        Filter(
            "class",
            _("准确度"),
            "standing__class_flag",
            [(int(Flag.FAIL), _("低于要求")), (int(Flag.UNKNOWN), _("无法判断"))],
        ),
        Filter("month", _("到期月份"), "standing__valid_until__startswith", _month_choices(today)),
    ]
    if regions:
        choices = [(region.path, region.name) for region in regions]
        filters.append(Filter("region", _("地区"), "enterprise__region__path__startswith", choices))
    return Listing(
        title=_("计量器具凭证"), rows=by_urgency(with_state(rows, today)),
        search=("manage_code", "name", "enterprise__name", "enterprise__code"),
        filters=filters, columns=columns if regions is None else (owner, *columns),
        notes={_("说明"): _("有效期至当日仍有效；要求等级按 GB 17167 表4，未经原文核对（待核），不单独作结论")},
    )  # fmt: skip


def _month_choices(today: date) -> list[tuple[str, str]]:
    return [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in months_ahead(today)]


def _standing(row: Meter, name: str) -> Any:
    standing = getattr(row, "standing", None)
    return getattr(standing, name) if standing else None


def _energy(row: Meter) -> str:
    return energy_name(_standing(row, "energy_key") or "") or "–"


def _state(row: Any) -> str:
    return str(State(row.evidence_state).label)


def _days_left(row: Meter, today: date) -> int | None:
    until = _standing(row, "valid_until")
    return None if until is None else (until - today).days


def late_rows(enterprise: Enterprise) -> list[Certificate | MeterEvent]:
    """Give the tests and events whose record came later than its term, the newest first; two queries."""
    found: list[Certificate | MeterEvent] = []
    for model in (Certificate, MeterEvent):
        rows = model.objects.filter(meter__enterprise=enterprise, is_current=True, withdrawn=False)
        late = rows.filter(first_entered_on__gt=F("record_due_on")).exclude(via=Via.GATEWAY)
        found += late.select_related("meter").order_by("-first_entered_on")[:LATE_SHOWN]
    return sorted(found, key=lambda row: row.first_entered_on, reverse=True)[:LATE_SHOWN]


LATE_SHOWN = 50


def figure_listing(enterprise: Enterprise) -> Listing:
    """List the current monthly figures of an enterprise, the newest month first."""
    rows = MonthlyFigure.objects.filter(enterprise=enterprise, is_current=True)
    keys = sorted(set(rows.order_by().values_list("energy_key", flat=True)))
    months = rows.order_by("-month").values_list("month", flat=True).distinct()
    return Listing(
        title=_("月度数量"), rows=rows, search=("document", "entered_by"), decorate=_add_versions,
        filters=(
            Filter("month", _("月份"), "month", [(f"{month}", f"{month:%Y-%m}") for month in months]),
            Filter("energy", _("能源品种"), "energy_key", [(key, energy_name(key)) for key in keys]),
            Filter("kind", _("类别"), "kind", FigureKind.choices),
        ),
        notes={_("用能单位"): f"{enterprise.name} {enterprise.code}"},
        columns=(
            ListColumn(_("月份"), lambda row: f"{row.month:%Y-%m}", order="month"),
            ListColumn(_("能源品种"), lambda row: energy_name(row.energy_key), order="energy_key"),
            ListColumn(_("类别"), lambda row: str(FigureKind(row.kind).label), order="kind"),
            ListColumn(_("数量"), _quantity, kind="number", order="quantity", template="evidence/quantity_cell.html"),
            ListColumn(_("单位"), _unit),
            ListColumn(_("凭证所载"), lambda row: f"{exact(row.entered_quantity)} {unit_word(row.entered_unit)}"),
            ListColumn(_("凭证"), lambda row: row.document),
            ListColumn(_("录入"), _entered, order="entered_at", template="evidence/entry_cell.html"),
        ),
    )  # fmt: skip


def _quantity(row: MonthlyFigure) -> float | None:
    return None if row.withdrawn else row.quantity


def _unit(row: MonthlyFigure) -> str:
    return _("元") if row.kind == FigureKind.PURCHASE_AMOUNT else energy_unit(row.energy_key)


def _entered(row: LedgerRow) -> str:
    words = f"{row.entered_by} {moment(row.entered_at)}"
    version = _("第 %(n)d 版") % {"n": row.version}
    return f"{words} {version}" if row.version > 1 else words


def _add_versions(rows: Sequence[Any]) -> None:
    """Add the earlier versions of the rows that are shown; one query."""
    changed = [row for row in rows if row.version > 1]
    older: dict[tuple, list[MonthlyFigure]] = {}
    if changed:
        earlier = MonthlyFigure.objects.filter(
            enterprise_id=changed[0].enterprise_id, is_current=False, month__in={row.month for row in changed}
        )
        for version in earlier.order_by("-version"):
            older.setdefault((version.energy_key, version.month, version.kind), []).append(version)
    for row in rows:
        row.older = older.get((row.energy_key, row.month, row.kind), [])


def heating_rows(enterprise: Enterprise) -> list[HeatingValue]:
    """Give all versions of an enterprise's heating values as current rows with ``older`` ones; one query."""
    current: dict[tuple, HeatingValue] = {}
    for row in HeatingValue.objects.filter(enterprise=enterprise).order_by("energy_key", "-from_day", "-version"):
        key = (row.energy_key, row.from_day)
        if key in current:
            current[key].older.append(row)  # type: ignore[attr-defined]
        else:
            row.older = []  # type: ignore[attr-defined]
            current[key] = row
    return list(current.values())
