"""The tables of the pages: the queue of corrections, and the enterprises of a month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.corrections.differences import month_lines
from nenghao.hub.corrections.models import ClosedMonth, Correction, Method, MonthStatus, Status
from nenghao.hub.corrections.services import visible_corrections
from nenghao.hub.listing import Filter, ListColumn, Listing
from nenghao.hub.monitoring.words import stat_type_word
from nenghao.periods import to_beijing
from nenghao.readings import ReadingStore

VIEWS = ("waiting", "mine", "decided", "all")


def corrections_of(account: Account, view: str) -> QuerySet[Correction]:
    """Give the rows of one tab: what waits, what the account proposed, what is decided, or all."""
    rows = visible_corrections(account)
    if view == "mine":
        return rows.filter(proposed_by=account)
    if view == "decided":
        return rows.exclude(status=Status.PROPOSED).order_by("-decided_at", "-pk")
    return rows if view == "all" else rows.filter(status=Status.PROPOSED).order_by("proposed_at", "pk")


def queue(account: Account, view: str) -> Listing:
    """Make the table of corrections."""

    def decorate(rows: Sequence[Any]) -> None:
        for row in rows:
            row.may_decide = (
                account.role == Role.OFFICER and row.status == Status.PROPOSED and row.proposed_by_id != account.pk
            )

    return Listing(
        title=_("补正"), rows=corrections_of(account, view), decorate=decorate,
        search=("enterprise__name", "enterprise__code", "data_item__name", "data_item__data_code", "reason"),
        filters=(Filter("method", _("方法"), "method", Method.choices),
                 Filter("status", _("状态"), "status", Status.choices)),
        columns=(
            ListColumn(_("编号"), lambda row: row.pk, kind="integer", template="corrections/pick_cell.html"),
            ListColumn(_("用能单位"), lambda row: row.enterprise.name, order="enterprise__name",
                       template="corrections/enterprise_cell.html"),
            ListColumn(_("数据项"), lambda row: row.data_item.name, template="corrections/item_cell.html"),
            ListColumn(_("时段"), span_words, order="start"),
            ListColumn(_("方法"), lambda row: Method(row.method).label, order="method",
                       template="corrections/method_cell.html"),
            ListColumn(_("时段数"), lambda row: row.slots, kind="integer", order="slots"),
            ListColumn(_("原值合计"), lambda row: row.before_sum, kind="number"),
            ListColumn(_("新值合计"), lambda row: row.after_sum, kind="number", template="corrections/sum_cell.html"),
            ListColumn(_("理由"), lambda row: row.reason),
            ListColumn(_("提出"), lambda row: f"{row.proposed_by.username} {to_beijing(row.proposed_at):%m-%d %H:%M}",
                       order="proposed_at"),
            ListColumn(_("状态"), lambda row: Status(row.status).label, order="status",
                       template="corrections/status_cell.html"),
        ),
    )  # fmt: skip


def span_words(row: Correction) -> str:
    """Name the span of a correction: ``实时数据 2026-11-16 09:00 – 10:00``."""
    start, end = to_beijing(row.start), to_beijing(row.end)
    if row.stat_type == 0:
        until = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%m-%d %H:%M}"
        return f"{stat_type_word(0)} {start:%Y-%m-%d %H:%M} – {until}"
    form = "%Y-%m-%d" if row.stat_type == 1 else "%Y-%m"
    last = date.fromordinal(end.date().toordinal() - 1)
    return f"{stat_type_word(row.stat_type)} {start:{form}}" + (f" – {last:{form}}" if row.slots > 1 else "")


def months(account: Account, store: ReadingStore, month: date) -> Listing:
    """Make the table of enterprises with the state of one month."""
    closed = ClosedMonth.objects.filter(enterprise=OuterRef("pk"), month=month, status=MonthStatus.CLOSED)

    def decorate(rows: Sequence[Any]) -> None:
        lines = month_lines(store=store, enterprise_ids=[row.pk for row in rows], month=month)
        for row in rows:
            row.line = lines[row.pk]

    return Listing(
        title=_("封账") + f" {month:%Y-%m}", decorate=decorate, search=("name", "code"),
        rows=visible_enterprises(account).filter(active=True).select_related("region")
        .annotate(is_closed=Exists(closed)).order_by("name"),
        filters=(Filter("closed", _("状态"), "is_closed", ((True, _("已封账")), (False, _("未封账")))),),
        notes={_("时段"): f"{month:%Y-%m}"},
        columns=(
            ListColumn(_("选择"), lambda row: row.code, template="corrections/pick_month_cell.html"),
            ListColumn(_("用能单位"), lambda row: row.name, order="name", template="corrections/member_cell.html"),
            ListColumn(_("地区"), lambda row: row.region.name, order="region__path"),
            ListColumn(_("状态"), _month_state, template="corrections/month_cell.html"),
            ListColumn(_("版次"), lambda row: row.line.closed and row.line.closed.edition, kind="integer"),
            ListColumn(_("数据质量得分"), lambda row: row.line.closed and row.line.closed.quality_score, kind="number"),
            ListColumn(_("封账数"), lambda row: row.line.closed and row.line.closed.tce, kind="tce", unit="tce"),
            ListColumn(_("现算数"), lambda row: row.line.tce_now, kind="tce", unit="tce"),
            ListColumn(_("差异"), lambda row: row.line.tce_change, kind="tce", unit="tce",
                       template="corrections/change_cell.html"),
        ),
    )  # fmt: skip


def _month_state(row: Any) -> str:
    return MonthStatus(row.line.closed.status).label if row.line.closed else _("未封账")
