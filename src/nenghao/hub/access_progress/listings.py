"""The tables of the app: columns, filters, search, for pages and Excel alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import BooleanField, Case, F, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from nenghao.hub.access_progress.health import FLAGS, HealthRow
from nenghao.hub.access_progress.limits import LimitsBook
from nenghao.hub.access_progress.models import (
    Acceptance,
    AcceptanceKind,
    AcceptanceStep,
    Exemption,
    FaultKind,
    FaultTicket,
    Stage,
    TicketState,
    Tier,
    Verdict,
)
from nenghao.hub.access_progress.organisation import RegionEntry
from nenghao.hub.access_progress.progress import Delay, PlanRow, cohort, delay
from nenghao.hub.listing import Filter, ListColumn, Listing
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.registry.models.places import RegionLevel
from nenghao.hub.registry.names import energy_name

_cell = "access_progress/cells/{}.html".format


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A row of the list as its table shows it."""

    row: PlanRow
    delay: Delay | None
    state: str
    """``late``, ``accepted``, ``connected``, ``built`` or ``planned``."""
    cohort: str
    marks: tuple[str, ...]

    @property
    def days(self) -> int | None:
        """Days late [d]."""
        return self.delay.days if self.delay else None


def plan_lines(rows: Sequence[PlanRow], on: date, limits: LimitsBook) -> list[PlanLine]:
    """Say of every row how far it has come and whether it is late; the latest first."""
    lines = [_line(row, on, limits) for row in rows]
    return sorted(lines, key=lambda line: (-(line.days or 0), line.row.code))


def _line(row: PlanRow, on: date, limits: LimitsBook) -> PlanLine:
    late = delay(row, on, limits.at(row.region_path).connect_due_on)
    reached = {"accept": "accepted", "connect": "connected", "build": "built"}
    state = next((word for stage, word in reached.items() if row.is_done(stage, on)), "planned")
    marks = (*([] if late is None else ["late"]), *(["unproven"] if row.is_unproven else []), state)
    return PlanLine(row, late, state, cohort(row), marks)


def state_choices() -> list[tuple[str, str]]:
    """Words to filter the list by."""
    return [
        ("late", _("滞后")),
        ("unproven", _("登记接入但无上传")),
        ("planned", _("未建成")),
        ("built", _("已建成未接入")),
        ("connected", _("已接入未验收")),
        ("accepted", _("已验收")),
    ]


def plan_listing(rows: Sequence[PlanRow], on: date, limits: LimitsBook) -> Listing:
    """Give the list of key enterprises: plan against reality against today."""
    lines = plan_lines(rows, on, limits)
    batches = sorted({row.batch for row in rows if row.batch})
    tiers, states = dict(Tier.choices), dict(state_choices())
    return Listing(
        title=_("重点用能单位名单与接入计划"),
        rows=lines,
        search=("row__name", "row__code"),
        filters=(
            Filter("tier", _("层级"), "row__tier", Tier.choices),
            Filter("batch", _("批次"), "row__batch", [(batch, batch) for batch in batches]),
            Filter("state", _("状态"), "marks", state_choices()),
            Filter(
                "cohort",
                _("阶段"),
                "cohort",
                [
                    ("big", _("10 万 tce 以上")),
                    ("middle", _("1–10 万 tce")),
                    ("small", _("1 万 tce 以下")),
                    ("unknown", _("未登记")),
                ],
            ),
        ),
        notes={_("截至"): on.isoformat(), _("滞后"): _("最早逾期且未完成的节点；无计划日期的按地区全部接入时限")},
        columns=(
            ListColumn(_("用能单位"), lambda line: line.row.name, order="row__name", template=_cell("plan_enterprise")),
            ListColumn(_("统一社会信用代码"), lambda line: line.row.code, export_only=True),
            ListColumn(
                _("地区"), lambda line: line.row.region_name, order="row__region_path", template=_cell("nowrap")
            ),
            ListColumn(_("层级"), lambda line: str(tiers[line.row.tier]), order="row__tier", template=_cell("tier")),
            ListColumn(_("批次"), lambda line: line.row.batch, export_only=True),
            ListColumn(
                _("计划接入"), lambda line: line.row.planned_connect_on, kind="date", order="row__planned_connect_on"
            ),
            ListColumn(_("建成"), lambda line: line.row.done_on(Stage.BUILD), kind="date"),
            ListColumn(_("接入"), lambda line: line.row.done_on(Stage.CONNECT), kind="date"),
            ListColumn(_("首次上传"), lambda line: line.row.first_upload_on, kind="date", export_only=True),
            ListColumn(_("验收"), lambda line: line.row.accepted_on, kind="date", order="row__accepted_on"),
            ListColumn(
                _("状态"), lambda line: str(states["late" if line.delay else line.state]), template=_cell("plan_state")
            ),
            ListColumn(_("滞后"), lambda line: line.days, kind="integer", unit=_("天"), order="days"),
            ListColumn(_("滞后原因"), lambda line: line.row.delay_reason),
        ),
    )


def device_listing(rows: Sequence[HealthRow]) -> Listing:
    """Give the devices with their health, the worst first."""
    return Listing(
        title=_("端设备健康"),
        rows=rows,
        search=("device__name", "device__device_id", "device__enterprise__name", "device__enterprise__code"),
        filters=(Filter("flag", _("问题"), "flags", list(FLAGS.items())),),
        columns=(
            ListColumn(
                _("用能单位"),
                lambda row: row.device.enterprise.name,
                order="device__enterprise__name",
                template=_cell("health_enterprise"),
            ),
            ListColumn(
                _("地区"),
                lambda row: row.device.enterprise.region.name,
                order="device__enterprise__region__path",
                template=_cell("nowrap"),
            ),
            ListColumn(
                _("设备"),
                lambda row: row.device.name or row.device.device_id[:8],
                order="device__name",
                template=_cell("device"),
            ),
            ListColumn(
                _("问题"),
                lambda row: "、".join(str(FLAGS[flag]) for flag in row.flags) or _("正常"),
                template=_cell("health_flags"),
            ),
            ListColumn(_("最近有效上传"), lambda row: row.last_upload_at, kind="datetime", order="last_upload_at"),
            ListColumn(_("静默"), lambda row: row.silent_hours, kind="number", unit="h", order="silent_hours"),
            ListColumn(
                _("近 30 天有数"), lambda row: row.days_with_data, kind="integer", unit=_("天"), order="days_with_data"
            ),
            ListColumn(_("积压"), lambda row: row.backlog, kind="integer", unit=_("条"), order="backlog"),
            ListColumn(_("日增"), lambda row: row.backlog_growth, kind="integer", unit=_("条"), order="backlog_growth"),
            ListColumn(_("时钟偏差"), lambda row: row.clock_offset_s, kind="number", unit="s", order="clock_offset_s"),
            ListColumn(_("拒绝占比"), lambda row: row.rejected_ratio, kind="percent", unit="%", order="rejected_ratio"),
            ListColumn(_("软件版本"), lambda row: row.device.software_version, export_only=True),
        ),
    )


def ticket_rows(tickets: QuerySet[FaultTicket], on: date) -> QuerySet[FaultTicket]:
    """Add to each ticket whether its term is over and whether it should have been filed."""
    over = Q(repaired_on=None, due_on__lt=on) | Q(repaired_on__gt=F("due_on"))
    return tickets.select_related("enterprise__region").annotate(
        over=Case(When(over, then=Value(True)), default=Value(False), output_field=BooleanField()),
        unfiled=Case(
            When(Q(state=TicketState.OPEN, due_on__lt=on), then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        ),
    )


def ticket_listing(tickets: QuerySet[FaultTicket], on: date) -> Listing:
    """Give the fault tickets, the newest first."""
    kinds, states = dict(FaultKind.choices), dict(TicketState.choices)
    return Listing(
        title=_("故障工单"),
        rows=ticket_rows(tickets, on),
        search=("enterprise__name", "enterprise__code", "description"),
        filters=(
            Filter("state", _("状态"), "state", TicketState.choices),
            Filter("kind", _("类别"), "kind", FaultKind.choices),
            Filter("over", _("期限"), "over", [(True, _("超过三个工作日")), (False, _("期限内"))]),
            Filter("unfiled", _("报备"), "unfiled", [(True, _("超期未报备"))]),
        ),
        notes={_("修复期限"): _("故障之日起三个工作日，按国务院办公厅放假安排计")},
        columns=(
            ListColumn(_("工单"), str, order="pk", template=_cell("ticket")),
            *_owner_columns(),
            ListColumn(_("类别"), lambda row: str(kinds[row.kind]), order="kind", template=_cell("nowrap")),
            ListColumn(_("故障时间"), lambda row: row.fault_at, kind="datetime", order="fault_at"),
            ListColumn(_("修复期限"), lambda row: row.due_on, kind="date", order="due_on"),
            ListColumn(_("状态"), lambda row: str(states[row.state]), order="state", template=_cell("ticket_state")),
            ListColumn(_("预计修复"), lambda row: row.expected_on, kind="date", order="expected_on"),
            ListColumn(_("修复日期"), lambda row: row.repaired_on, kind="date", order="repaired_on"),
            ListColumn(_("开单"), lambda row: _("自动") if row.is_automatic else row.opened_by, order="opened_by"),
            ListColumn(_("说明"), lambda row: row.description),
        ),
    )


def _owner_columns() -> tuple[ListColumn, ListColumn]:
    """Give the columns of a row's enterprise and its region."""
    return (
        ListColumn(
            _("用能单位"), lambda row: row.enterprise.name, order="enterprise__name", template=_cell("enterprise")
        ),
        ListColumn(
            _("地区"), lambda row: row.enterprise.region.name, order="enterprise__region__path",
            template=_cell("nowrap"),
        ),
    )  # fmt: skip


def exemption_listing(exemptions: QuerySet[Exemption], on: date) -> Listing:
    """Give the exemptions, those that end first at the top."""
    language = page_language()
    return Listing(
        title=_("先接入电力豁免"),
        rows=exemptions.select_related("enterprise__region").annotate(
            status=Case(
                When(ended_on__isnull=False, then=Value("ended")),
                When(expires_on__lt=on, then=Value("expired")),
                When(valid_from__gt=on, then=Value("future")),
                default=Value("in-force"),
            )
        ),
        search=("enterprise__name", "enterprise__code", "consent_number"),
        filters=(Filter("status", _("状态"), "status", list(exemption_words().items())),),
        columns=(
            *_owner_columns(),
            ListColumn(_("同意文号"), lambda row: row.consent_number, order="consent_number"),
            ListColumn(_("同意部门"), lambda row: row.consent_by),
            ListColumn(_("同意日期"), lambda row: row.consented_on, kind="date", order="consented_on"),
            ListColumn(_("暂缓品种"), lambda row: "、".join(energy_name(key, language) for key in row.energies)),
            ListColumn(_("到期日期"), lambda row: row.expires_on, kind="date", order="expires_on"),
            ListColumn(
                _("状态"), lambda row: exemption_words()[row.status], order="status", template=_cell("exemption_state")
            ),
            ListColumn(_("待接入内容"), lambda row: row.remaining),
            ListColumn(_("登记人"), lambda row: row.granted_by),
        ),
    )


def exemption_words() -> dict[str, str]:
    """Name the states of an exemption."""
    return {"in-force": _("有效"), "expired": _("已到期，应已接入"), "ended": _("已终止"), "future": _("未生效")}


def acceptance_listing(rows: QuerySet[Acceptance]) -> Listing:
    """Give the acceptances, the newest first."""
    kinds, steps, verdicts = dict(AcceptanceKind.choices), dict(AcceptanceStep.choices), dict(Verdict.choices)
    return Listing(
        title=_("验收"),
        rows=rows.select_related("enterprise__region", "region"),
        search=("enterprise__name", "enterprise__code", "region__name"),
        filters=(
            Filter("kind", _("对象"), "kind", AcceptanceKind.choices),
            Filter("step", _("已完成步骤"), "step", AcceptanceStep.choices),
            Filter("verdict", _("结论"), "verdict", Verdict.choices),
        ),
        columns=(
            ListColumn(_("对象"), lambda row: str(row.enterprise or row.region), template=_cell("acceptance")),
            ListColumn(_("类别"), lambda row: str(kinds[row.kind]), order="kind"),
            ListColumn(_("第几次"), lambda row: row.round, kind="integer", order="round"),
            ListColumn(_("开始时间"), lambda row: row.started_at, kind="datetime", order="started_at"),
            ListColumn(_("已完成步骤"), lambda row: str(steps.get(row.step, _("未开始"))), order="step"),
            ListColumn(
                _("结论"), lambda row: str(verdicts.get(row.verdict, "")), order="verdict", template=_cell("verdict")
            ),
            ListColumn(_("结论日期"), lambda row: row.verdict_on, kind="date", order="verdict_on"),
            ListColumn(_("作出结论者"), lambda row: row.verdict_by),
        ),
    )


def organisation_listing(entries: Sequence[RegionEntry]) -> Listing:
    """Give the regions with what they have filed."""
    levels = dict(RegionLevel.choices)
    return Listing(
        title=_("组织与责任"),
        rows=entries,
        search=("name", "code", "lead_department"),
        filters=(
            Filter("filed", _("报送"), "has_filed", [("yes", _("已报送")), ("no", _("未报送"))]),
            Filter("level", _("级别"), "level", RegionLevel.choices),
        ),
        columns=(
            ListColumn(_("地区"), lambda row: row.name, order="path", template=_cell("region")),
            ListColumn(_("级别"), lambda row: str(levels[row.level]), order="level"),
            ListColumn(
                _("报送"),
                lambda row: _("已报送") if row.duty else _("未报送"),
                order="has_filed",
                template=_cell("filed"),
            ),
            ListColumn(_("牵头部门"), lambda row: row.lead_department, order="lead_department"),
            ListColumn(_("建设单位"), lambda row: row.builder, order="builder"),
            ListColumn(_("责任人"), lambda row: row.persons),
            ListColumn(_("生效日期"), lambda row: row.effective_on, kind="date", order="effective_on"),
        ),
    )
