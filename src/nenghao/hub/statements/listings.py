"""Tables of statements: an enterprise's own filings, and what a region is owed with the most urgent first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.listing import Filter, ListColumn, Listing
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.statements.deadlines import Task, left_over, tasks
from nenghao.hub.statements.models import Filing, FilingState
from nenghao.hub.statements.periods import FilingPeriod
from nenghao.reporting.statements import statement_forms

HEAVY = ("contents", "origins", "explanations", "filed")


def filing_listing(filings: QuerySet[Filing]) -> Listing:
    """List the filings of an enterprise, the newest first, editions included."""
    return Listing(
        title=_("已填报表"),
        rows=filings.defer(*HEAVY),
        filters=(
            Filter("form", _("报表"), "form_key", _form_choices()),
            Filter("state", _("状态"), "state", FilingState.choices),
        ),
        columns=(
            ListColumn(_("报表"), lambda row: row.form.title(page_language()), order="form_key",
                       template="statements/form_cell.html"),
            ListColumn(_("报告期"), lambda row: row.period.text, order="period_start"),
            ListColumn(_("版次"), lambda row: row.edition, kind="integer"),
            ListColumn(_("状态"), lambda row: row.state_label, order="state", template="statements/state_cell.html"),
            ListColumn(_("修改时间"), lambda row: row.changed_at, kind="datetime", order="changed_at"),
            ListColumn(_("上报时间"), lambda row: row.submitted_at, kind="datetime", order="submitted_at"),
            ListColumn(_("审核人"), lambda row: row.decided_by),
            ListColumn(_("理由"), lambda row: row.reason),
        ),
    )  # fmt: skip


def _form_choices() -> list[tuple[str, str]]:
    return [(key, form.title(page_language())) for key, form in statement_forms().items()]


@dataclass(frozen=True, slots=True)
class Owed:
    """A row of a region's list."""

    task: Task
    pk: int
    name: str
    code: str
    region: str
    region_code: str
    form_key: str
    form_title: str
    period: str
    due_on: date
    state: str
    standing: tuple[str, ...]
    urgency: int
    days_left: int
    submitted_at: object

    @property
    def state_word(self) -> str:
        """The word for its state."""
        return str(dict(standings())[self.standing[0]])


def chosen_periods(query: QueryDict) -> tuple[Mapping[str, FilingPeriod] | None, dict[str, str]]:
    """Give the period of each form that the address asks for: ``period`` picks the forms of its length.

    None without one: then the last period of each form is meant, with what is left over of those before.
    """
    try:
        period = FilingPeriod.parse(query.get("period", "").strip())
    except NenghaoError:
        return None, {"period": ""}
    forms = statement_forms()
    return {key: period for key, form in forms.items() if form.period == period.kind}, {"period": period.text}


def task_listing(
    account: Account, periods: Mapping[str, FilingPeriod] | None, today: date
) -> tuple[Listing, Mapping[str, int]]:
    """List what every enterprise of the node owes, overdue first; gives the counts by standing too."""
    members = list(visible_enterprises(account).filter(active=True).select_related("region").order_by("code"))
    found = tasks(enterprises=members, today=today, periods=periods)
    if periods is None:
        found += left_over(enterprises=members, today=today)
    owed = sorted((_owed(one) for one in found), key=lambda one: (one.urgency, one.code))
    words = dict(standings())
    regions = sorted({(one.region_code, one.region) for one in owed})
    listing = Listing(
        title=_("报表报送情况"),
        rows=owed,
        search=("name", "code"),
        filters=(
            Filter("region", _("地区"), "region_code", regions),
            Filter("form", _("报表"), "form_key", _form_choices()),
            Filter("state", _("状态"), "standing", standings()),
        ),
        columns=(
            ListColumn(_("用能单位"), lambda row: row.name, order="name"),
            ListColumn(_("地区"), lambda row: row.region, order="region_code"),
            ListColumn(_("报表"), lambda row: row.form_title, order="form_key", template="statements/owed_cell.html"),
            ListColumn(_("报告期"), lambda row: row.period, order="period"),
            ListColumn(_("期限"), lambda row: row.due_on, kind="date", order="due_on"),
            ListColumn(_("状态"), lambda row: "，".join(str(words[one]) for one in row.standing), order="urgency",
                       template="statements/standing_cell.html"),
            ListColumn(_("剩余天数"), lambda row: row.days_left, kind="integer", order="days_left", export_only=True),
            ListColumn(_("上报时间"), lambda row: row.submitted_at, kind="datetime"),  # type: ignore[arg-type]
        ),
    )  # fmt: skip
    return listing, Counter(word for one in owed for word in one.standing)


def standings() -> list[tuple[str, str]]:
    """Name where a statement that is owed can stand."""
    return [
        ("overdue", _("逾期")), ("submitted", _("待审核")), ("returned", _("已退回")), ("draft", _("填报中")),
        ("none", _("未填")), ("accepted", _("已通过")),
    ]  # fmt: skip


def _owed(task: Task) -> Owed:
    own, filing = task.enterprise, task.filing
    state = "draft" if task.state == FilingState.REOPENED else task.state or "none"
    return Owed(
        task, own.pk, own.name, own.code, own.region.name, own.region_id, task.form.key,
        task.form.title(page_language()), task.period.text, task.due_on, task.state,
        (state, "overdue") if task.is_overdue else (state,), task.urgency, task.days_left,
        filing.submitted_at if filing else None,
    )  # fmt: skip
