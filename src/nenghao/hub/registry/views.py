"""The registers of an enterprise: processes, equipment, meters, data items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nenghao.errors import Language, NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.accounts.services import require_enterprise
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import Filter, ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.words import page_language, unit_word
from nenghao.hub.registry.models import DataItem, Enterprise, Equipment, Meter, ProcessUnit
from nenghao.hub.registry.models.assets import MeteringLevel
from nenghao.hub.registry.models.collection import Scope
from nenghao.hub.registry.nameplates import LIMITS, state_nameplate
from nenghao.hub.registry.names import energy_name, factor_words
from nenghao.hub.registry.outdated import OUTDATED, judgement_of, pick
from nenghao.hub.registry.totals import choose_total
from nenghao.supervision.eliminated import Match

MAY_CHOOSE = (Role.OFFICER, Role.OPERATOR)
MAY_STATE = (*MAY_CHOOSE, Role.ENERGY_MANAGER)
"""Who may state what stands on a nameplate: the enterprise itself too."""


def registry(request: HttpRequest, code: str, table: str = "data-items") -> HttpResponseBase:
    """Show one register of an enterprise in the account's node, or export it."""
    enterprise = require_enterprise(signed_in(request), code)
    if table not in TABLES:
        raise Http404("register")
    listing = TABLES[table](enterprise)
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    tabs = [(name, make(enterprise).title) for name, make in TABLES.items()]
    role = signed_in(request).role
    context = {"enterprise": enterprise, "table": table, "tabs": tabs, "may_choose": role in MAY_CHOOSE,
               "may_state": role in MAY_STATE}  # fmt: skip
    return render(request, "registry/registry.html", listing_context(listing, request) | context)


@roles(*MAY_CHOOSE)
@require_POST
def choose(request: HttpRequest, code: str, data_code: str) -> HttpResponse:
    """Choose whether a data item counts in the enterprise's total, or leave it to the rule (``counts`` empty)."""
    enterprise = require_enterprise(signed_in(request), code)
    counts = {"yes": True, "no": False}.get(request.POST.get("counts", ""))
    try:
        choose_total(
            actor=Actor.of(request), now=timezone.now(), enterprise=enterprise, data_code=data_code, counts=counts,
            reason=request.POST.get("reason", ""),
        )  # fmt: skip
    except NenghaoError as error:
        messages.error(request, error.text(page_language()))
    return redirect("registry-table", code, "data-items")


@roles(*MAY_STATE)
@require_POST
def nameplate(request: HttpRequest, code: str, equipment_id: int) -> HttpResponse:
    """Keep what stands on the nameplate of a piece of equipment; then show the list as it was."""
    enterprise = require_enterprise(signed_in(request), code)
    texts = {name: request.POST.get(name, "") for name in ("made_year", *LIMITS)}
    try:
        state_nameplate(
            actor=Actor.of(request), now=timezone.now(), enterprise=enterprise, equipment_id=equipment_id, texts=texts
        )
    except NenghaoError as error:
        messages.error(request, error.text(page_language()))
    back = QueryDict(request.POST.get("back", "")).urlencode()
    return redirect(reverse("registry-table", args=[code, "equipment"]) + (f"?{back}" if back else ""))


def _notes(enterprise: Enterprise) -> dict[str, str]:
    return {_("用能单位"): f"{enterprise.name} {enterprise.code}"}


def _data_items(enterprise: Enterprise) -> Listing:
    language = page_language()
    today = timezone.localdate()
    return Listing(
        title=_("采集数据项"),
        rows=DataItem.objects.filter(enterprise=enterprise).select_related("process", "process_unit", "equipment"),
        search=("data_code", "name", "energy_key"),
        filters=(Filter("scope", _("范围"), "scope", Scope.choices),),
        notes=_notes(enterprise),
        columns=(
            ListColumn(_("编码"), lambda row: row.data_code, order="data_code"),
            ListColumn(_("名称"), lambda row: row.name, order="name", template="registry/item_cell.html"),
            ListColumn(_("能源品种"), lambda row: energy_name(row.energy_key, language), order="energy_key"),
            ListColumn(_("范围"), lambda row: str(Scope(row.scope).label), order="scope"),
            ListColumn(_("所属"), lambda row: str(row.equipment or row.process_unit or row.process or _("全厂"))),
            ListColumn(_("上传单位"), lambda row: unit_word(row.wire_unit)),
            ListColumn(_("存储单位"), lambda row: unit_word(row.base_unit)),
            ListColumn(_("换算系数"), lambda row: row.wire_to_base, kind="factor"),
            ListColumn(_("统计类型"), lambda row: row.stat_types),
            ListColumn(_("计入综合能耗"), _total_words, template="registry/total_cell.html"),
            ListColumn(_("折标系数"), lambda row: factor_words(row.energy_key, today, language)),
            ListColumn(_("启用"), lambda row: _("是") if row.active else _("否"), order="active"),
        ),
    )


def _total_words(row: DataItem) -> str:
    word = _("是") if row.counts_in_total else _("否")
    return word if row.counts_by_choice is None else f"{word} · " + _("人工指定")


def _processes(enterprise: Enterprise) -> Listing:
    return Listing(
        title=_("工序与单元"),
        rows=ProcessUnit.objects.filter(process__enterprise=enterprise)
        .select_related("process")
        .order_by("process__code", "code"),
        search=("name", "process__name"),
        notes=_notes(enterprise),
        columns=(
            ListColumn(_("工序编码"), lambda row: row.process.code, order="process__code"),
            ListColumn(_("工序"), lambda row: row.process.name, order="process__name"),
            ListColumn(_("单元编码"), lambda row: row.code, order="code"),
            ListColumn(_("单元"), lambda row: row.name, order="name"),
            ListColumn(_("投产日期"), lambda row: row.commissioned_on, kind="date", order="commissioned_on"),
            ListColumn(_("设计产能"), lambda row: row.designed_capacity),
        ),
    )


def _judge(rows: Sequence[Any]) -> None:
    """Tell of the rows that are shown whether their model is outdated, why, and until when it may be used."""
    language = page_language()
    for row in rows:
        row.judgement = judgement_of(row)
        row.outdated_reason = row.judgement.reason(language)
        best = next(iter(row.judgement.matches), None)
        row.outdated_deadline = best.deadline(language) if best else ""
        row.outdated_note = _outdated_note(best, language) if best else ""


def _outdated_note(match: Match, language: Language) -> str:
    """Say the one thing that a reader wants first: what is missing, or the deadline."""
    if match.doubts:
        return match.doubts[0].text(language)
    told = match.deadline(language)
    return f"{_('停止使用期限')} {told}" if match.entry.deadline else told


def _nameplate_words(row: Equipment) -> str:
    known = (
        (row.made_year, ""), (row.efficiency_pct, "%"), (row.voltage_kv, " kV"),
    )  # fmt: skip
    return " · ".join(f"{value:g}{unit}" for value, unit in known if value is not None)


def _equipment(enterprise: Enterprise) -> Listing:
    words = {certainty: str(label) for certainty, label in OUTDATED}
    notes = {
        _("淘汰"): _("对照所收淘汰目录（第一至四批，收录不全）；未对上条目不能证明不是淘汰型号，待核的不能单独作为结论")
    }
    return Listing(
        title=_("重点用能设备"),
        rows=Equipment.objects.filter(enterprise=enterprise).select_related("process_unit"),
        search=("name", "model", "manufacturer"),
        filters=(Filter("outdated", _("淘汰"), "", OUTDATED, pick=pick),),
        decorate=_judge,
        notes=_notes(enterprise) | notes,
        columns=(
            ListColumn(_("类型"), lambda row: row.type_code, order="type_code"),
            ListColumn(_("编号"), lambda row: row.number, order="number"),
            ListColumn(_("名称"), lambda row: row.name, order="name"),
            ListColumn(_("工序单元"), lambda row: str(row.process_unit or _("全厂"))),
            ListColumn(_("型号"), lambda row: row.model, order="model", template="registry/model_cell.html"),
            ListColumn(_("制造厂"), lambda row: row.manufacturer, order="manufacturer"),
            ListColumn(_("额定功率"), lambda row: row.rated_power_kw, kind="number", unit="kW", order="rated_power_kw"),
            ListColumn(_("投运日期"), lambda row: row.commissioned_on, kind="date", order="commissioned_on"),
            ListColumn(_("铭牌"), _nameplate_words, template="registry/nameplate_cell.html"),
            ListColumn(_("淘汰"), lambda row: words[row.judgement.certainty], template="registry/outdated_cell.html"),
            ListColumn(_("停止使用期限"), lambda row: row.outdated_deadline, export_only=True),
            ListColumn(_("淘汰依据"), lambda row: row.outdated_reason, export_only=True),
        ),
    )


def _meters(enterprise: Enterprise) -> Listing:
    return Listing(
        title=_("计量器具"),
        rows=Meter.objects.filter(enterprise=enterprise),
        search=("manage_code", "name", "model", "installation_site"),
        filters=(Filter("level", _("级别"), "level", MeteringLevel.choices),),
        notes=_notes(enterprise),
        columns=(
            ListColumn(
                _("管理编号"), lambda row: row.manage_code, order="manage_code", template="registry/meter_cell.html"
            ),
            ListColumn(_("名称"), lambda row: row.name, order="name"),
            ListColumn(
                _("级别"), lambda row: str(MeteringLevel(row.level).label) if row.level else None, order="level"
            ),
            ListColumn(_("采集数据项"), lambda row: row.data_code, order="data_code"),
            ListColumn(_("型号规格"), lambda row: row.model, order="model"),
            ListColumn(_("准确度等级"), lambda row: row.accuracy_class),
            ListColumn(_("倍率"), lambda row: row.multiplier, kind="factor"),
            ListColumn(_("表底模数"), lambda row: row.modulus, kind="factor"),
            ListColumn(_("安装地点"), lambda row: row.installation_site),
            ListColumn(_("最近检定"), lambda row: row.verified_on, kind="date", order="verified_on"),
            ListColumn(_("检定到期"), lambda row: row.verify_next_on, kind="date", order="verify_next_on"),
        ),
    )


TABLES: dict[str, Callable[[Any], Listing]] = {
    "data-items": _data_items,
    "processes": _processes,
    "equipment": _equipment,
    "meters": _meters,
}
