"""Files statements in every state, through the services that the pages use; all figures are the generator's."""

from __future__ import annotations

from datetime import datetime

from nenghao.cli.demo.province.generate import Province
from nenghao.cli.demo.province.load_registry import ACTOR, Registered
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.statements import deciding, drafting
from nenghao.hub.statements.documents import document_of
from nenghao.hub.statements.models import Filing
from nenghao.hub.statements.periods import FilingPeriod, last_ended
from nenghao.periods import to_beijing
from nenghao.readings import ReadingStore
from nenghao.reporting.statements.loading import SINGLE_ROW
from nenghao.reporting.statements.problems import Problem, plain

COURSES = ("accepted", "accepted", "submitted", "returned", "amended", "draft", "none", "reopened")
"""How far the plants are with the last month, one after the other; the month before is accepted for all of them."""
FILERS = 24
"""So many plants file at all."""
REPORTS = 2
"""So many have begun with last year's energy-use report."""
OFFICER = Actor.command("合成审核人")


def load_statements(store: ReadingStore, province: Province, registered: Registered, now: datetime) -> int:
    """File 205-1 of two months for some plants, in every state, and begin the yearly report; gives the number."""
    last = last_ended("month", to_beijing(now).date())
    if last.before.start < province.plan.first.replace(day=1):
        return 0
    keys = [registered.enterprises[row.code].pk for row in province.plan.enterprises[:FILERS]]
    members = Enterprise.objects.filter(pk__in=keys).select_related("region", "industry").order_by("pk")
    for number, member in enumerate(members):
        _file(store, member, last.before, "accepted", now)
        _file(store, member, last, COURSES[number % len(COURSES)], now)
    year = last_ended("year", to_beijing(now).date())
    for member in members[:REPORTS]:
        drafting.start(
            actor=ACTOR, now=now, store=store, enterprise=member, form_key="energy-use-report", period=year
        )  # fmt: skip
    return Filing.objects.count()


def _file(store: ReadingStore, enterprise: Enterprise, period: FilingPeriod, course: str, now: datetime) -> None:
    if course == "none":
        return
    made = drafting.start(
        actor=ACTOR, now=now, store=store, enterprise=enterprise, form_key="205-1", period=period
    )  # fmt: skip
    if course == "draft":
        return
    if not _is_mended(made, now):
        return
    deciding.submit(actor=ACTOR, now=now, filing_id=made.pk)
    if course in ("returned", "amended"):
        deciding.send_back(actor=OFFICER, now=now, filing_id=made.pk, reason="合成：请核对购进量与结算单")
        if course == "amended":
            deciding.amend(actor=ACTOR, now=now, filing_id=made.pk)
    elif course in ("accepted", "reopened"):
        deciding.accept(actor=OFFICER, now=now, filing_id=made.pk)
        if course == "reopened":
            deciding.reopen(actor=OFFICER, now=now, filing_id=made.pk, reason="合成：供方更正了结算量")


def _is_mended(filing: Filing, now: datetime) -> bool:
    """Do what a statistician does: let the stocks close, leave out what nobody can tell, explain the rest.

    A mend may open the next question, so it is looked at again; a statement that stays wrong stays a draft.
    """
    cells = {"foot:-:filled_by": "合成填报人", "foot:-:filled_on": f"{to_beijing(now):%Y-%m-%d}"}
    present = drafting.save_cells(actor=ACTOR, now=now, filing_id=filing.pk, cells=cells)
    for _ in range(3):
        for problem in document_of(present).problems():
            _mend(filing.pk, problem, now)
        present = Filing.objects.get(pk=filing.pk)
        left = [one for one in document_of(present).problems() if not present.explanations.get(one.id)]
        if not left:
            return True
    return False


def _mend(filing_id: int, problem: Problem, now: datetime) -> None:
    who = {"actor": ACTOR, "now": now, "filing_id": filing_id}
    if problem.severity == "warning":
        drafting.explain(**who, problem_id=problem.id, text="合成：已核对原始凭证")
    elif problem.key == "required" and problem.row != SINGLE_ROW:
        drafting.drop_row(**who, section_key=problem.section, row_id=problem.row)
    elif present_row(filing_id, problem):
        text = plain(problem.right) if problem.right is not None and problem.right > 0 else ""
        name = f"{problem.section}:{problem.row}:{problem.field}"
        drafting.save_cells(**who, cells={name: text})


def present_row(filing_id: int, problem: Problem) -> bool:
    """Tell whether the row of a problem is still there: an earlier mend may have removed it."""
    rows = Filing.objects.get(pk=filing_id).contents.get(problem.section, [])
    return any(row["#"] == problem.row for row in rows)
