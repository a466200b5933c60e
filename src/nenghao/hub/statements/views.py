"""Views of statements: the list of what is due, one statement, its cells, its files."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import beijing_now
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.registry.models import Region
from nenghao.hub.statements import deciding, drafting
from nenghao.hub.statements.deadlines import reminders, terms
from nenghao.hub.statements.documents import document_of, visible_filings
from nenghao.hub.statements.files import KINDS, file_of
from nenghao.hub.statements.listings import chosen_periods, filing_listing, task_listing
from nenghao.hub.statements.models import Filing, FilingState
from nenghao.hub.statements.page import CellView, Page, SectionView
from nenghao.hub.statements.periods import FilingPeriod, last_ended
from nenghao.hub.statements.review import remark_places, remarks_of, review_context
from nenghao.hub.store import get_store
from nenghao.reporting.statements import Form, statement_forms

CELL, EXPLANATION = "c:", "x:"
PERIODS_SHOWN = 6


@roles(Role.ENERGY_MANAGER, Role.OFFICER, Role.OPERATOR)
@require_safe
def statements(request: HttpRequest) -> HttpResponseBase:
    """Show an enterprise what it owes and has filed, an authority what it is owed."""
    account, now = signed_in(request), beijing_now()
    if account.enterprise is not None:
        listing = filing_listing(visible_filings(account))
        if wants_workbook(request):
            return workbook_response(listing, request, now=now)
        context = listing_context(listing, request) | {
            "todo": reminders(enterprise=account.enterprise, today=now.date()), "today": now.date(),
            "startable": _startable(account.enterprise.region, now.date()),
        }  # fmt: skip
        return render(request, "statements/own.html", context)
    periods, chosen = chosen_periods(request.GET)
    listing, counts = task_listing(account, periods, now.date())
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    context = listing_context(listing, request) | {
        "counts": counts, "chosen": chosen,
        "kept_parameters": [(name, text) for name, text in chosen.items() if text],
    }  # fmt: skip
    return render(request, "statements/region.html", context)


def _startable(region: Region, today: date) -> list[tuple[Form, str, list[str], str, bool]]:
    """Give every form: its title, its newest periods, the one that is over, and whether the region asks for it."""
    rules, found = terms([region]), []
    for key, form in statement_forms().items():
        period, texts = FilingPeriod.of(form.period, today), []
        while len(texts) < PERIODS_SHOWN:
            texts.append(period.text)
            period = period.before
        found.append((form, form.title(page_language()), texts, last_ended(form.period, today).text,
                      rules[region.code, key].is_asked))  # fmt: skip
    return found


@roles(Role.ENERGY_MANAGER)
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Start a statement, or open the one that is there."""
    account = signed_in(request)
    assert account.enterprise is not None
    try:
        made = drafting.start(
            actor=Actor.of(request), now=timezone.now(), store=get_store(), enterprise=account.enterprise,
            form_key=request.POST.get("form", ""), period=FilingPeriod.parse(request.POST.get("period", "")),
        )  # fmt: skip
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
        return redirect("statements")
    return redirect("statement", made.pk)


@roles(Role.ENERGY_MANAGER, Role.OFFICER, Role.OPERATOR)
@require_safe
def statement(request: HttpRequest, filing_id: int) -> HttpResponse:
    """Show a statement: an editable draft to its enterprise, what was filed to everybody who sees it."""
    return render(request, "statements/statement.html", statement_context(request, require_filing(request, filing_id)))


def statement_context(request: HttpRequest, filing: Filing) -> dict[str, Any]:
    """Give what the page of a statement shows."""
    account, now = signed_in(request), timezone.now()
    document = document_of(filing)
    is_editable = filing.is_draft and account.role == Role.ENERGY_MANAGER
    problems = document.problems() if filing.is_draft else ()
    remarks = remarks_of(filing)
    page = Page(filing, document, problems, remarks, is_editable)
    context = {
        "filing": filing, "about": filing.form, "title": filing.form.title(page_language()),
        "sections": page.sections(), "is_editable": is_editable, "events": filing.events.all(),
        "editions": _editions(filing),
        "note": filing.form.note if page_language() == "zh" else filing.form.note_en,
        "is_owner": account.role == Role.ENERGY_MANAGER, "filed_warnings": _filed_warnings(filing),
        "earlier_comments": remark_places(filing, document, remarks),
    } | problem_context(filing, problems)  # fmt: skip
    if account.role == Role.OFFICER and not filing.is_draft:
        context |= review_context(filing, document, now, request.GET.get("comment", ""))
    return context


def problem_context(filing: Filing, problems: Any) -> dict[str, Any]:
    """Give the list of problems: errors first, then warnings with their explanations."""
    language = page_language()
    listed = [
        (one, one.text(language), f"c-{one.section}-{one.row}-{one.field}", filing.explanations.get(one.id, ""))
        for one in sorted(problems, key=lambda one: one.severity)
    ]
    return {
        "problems": listed, "errors": sum(one.severity == "error" for one in problems),
        "unexplained": sum(one.severity == "warning" and not text for one, _t, _a, text in listed), "filing": filing,
    }  # fmt: skip


def _filed_warnings(filing: Filing) -> list[tuple[str, str]]:
    language = page_language()
    return [(one[language], one["explanation"]) for one in filing.filed.get("warnings", [])]


def _editions(filing: Filing) -> Any:
    rows = Filing.objects.filter(
        enterprise=filing.enterprise_id, form_key=filing.form_key, period_start=filing.period_start
    ).order_by("-edition")
    return rows.defer("contents", "origins", "explanations", "filed")


@roles(Role.ENERGY_MANAGER)
@require_POST
def cell(request: HttpRequest, filing_id: int) -> HttpResponse:
    """Save the cells that were sent, and give what changed on the page by it."""
    filing = require_filing(request, filing_id)
    before = document_of(filing).problems()
    try:
        filing = _save_typed(request, filing)
    except NenghaoError as refused:
        return render(request, "statements/not_saved.html", {"text": refused.text(page_language())})
    document = document_of(filing)
    problems = document.problems()
    page = Page(filing, document, problems, remarks_of(filing), is_editable=True)
    touched = {(one.section, one.row, one.field) for one in (*before, *problems)}
    touched |= {tuple(name.removeprefix(CELL).split(":")) for name in request.POST if name.startswith(CELL)}
    views = [(view, _changed_cells(view, touched)) for view in page.sections()]
    context = {"sections": views, "saved_at": timezone.now()} | problem_context(filing, problems)
    return render(request, "statements/cells.html", context)


def _changed_cells(view: SectionView, touched: set[Any]) -> list[CellView]:
    """Give the cells of which something may be different: those touched, and what is computed in their rows."""
    rows = {row for section, row, _field in touched if section == view.section.key}
    return [
        one for row in view.rows for one in row.cells
        if (view.section.key, row.id, one.field.key) in touched
        or (not one.field.is_typed and (row.id in rows or not view.section.is_table))
    ]  # fmt: skip


def _save_typed(request: HttpRequest, filing: Filing) -> Filing:
    """Save everything that the request carries: cells, and explanations of warnings."""
    actor, now = Actor.of(request), timezone.now()
    cells = {name.removeprefix(CELL): str(text) for name, text in request.POST.items() if name.startswith(CELL)}
    if cells:
        filing = drafting.save_cells(actor=actor, now=now, filing_id=filing.pk, cells=cells, store=get_store())
    for name, text in request.POST.items():
        if name.startswith(EXPLANATION):
            filing = drafting.explain(
                actor=actor, now=now, filing_id=filing.pk, problem_id=name.removeprefix(EXPLANATION), text=str(text)
            )
    return filing


@roles(Role.ENERGY_MANAGER)
@require_POST
def row_new(request: HttpRequest, filing_id: int, section_key: str) -> HttpResponse:
    """Add a row to a table; what the page holds is saved with it."""
    filing = require_filing(request, filing_id)

    def add() -> str:
        _, row_id = drafting.add_row(
            actor=Actor.of(request), now=timezone.now(), filing_id=filing.pk, section_key=section_key
        )
        return f"#r-{section_key}-{row_id}"

    return _act(request, filing, add)


@roles(Role.ENERGY_MANAGER)
@require_POST
def row_drop(request: HttpRequest, filing_id: int, section_key: str, row_id: str) -> HttpResponse:
    """Remove a row of a table."""
    filing = require_filing(request, filing_id)

    def drop() -> str:
        drafting.drop_row(
            actor=Actor.of(request), now=timezone.now(), filing_id=filing.pk, section_key=section_key, row_id=row_id
        )
        return f"#s-{section_key}"

    return _act(request, filing, drop)


@roles(Role.ENERGY_MANAGER)
@require_POST
def renew(request: HttpRequest, filing_id: int) -> HttpResponse:
    """Prefill anew."""
    filing = require_filing(request, filing_id)

    def again() -> str:
        drafting.renew(actor=Actor.of(request), now=timezone.now(), store=get_store(), filing_id=filing.pk)
        messages.success(request, _("数据已重新提取，改过的单元格保持不变。"))
        return ""

    return _act(request, filing, again)


@roles(Role.ENERGY_MANAGER)
@require_POST
def submit(request: HttpRequest, filing_id: int) -> HttpResponse:
    """Hand the statement in."""
    filing = require_filing(request, filing_id)

    def hand_in() -> str:
        deciding.submit(actor=Actor.of(request), now=timezone.now(), filing_id=filing.pk)
        messages.success(request, _("已上报，等待审核。"))
        return ""

    return _act(request, filing, hand_in)


@roles(Role.ENERGY_MANAGER)
@require_POST
def amend(request: HttpRequest, filing_id: int) -> HttpResponse:
    """Make the next edition of a returned statement."""
    filing = require_filing(request, filing_id)
    try:
        made = deciding.amend(actor=Actor.of(request), now=timezone.now(), filing_id=filing.pk)
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
        return redirect("statement", filing.pk)
    return redirect("statement", made.pk)


@roles(Role.ENERGY_MANAGER)
@require_POST
def import_file(request: HttpRequest, filing_id: int) -> HttpResponse:
    """Read an Excel file into the draft; bad cells are named on the page."""
    filing = require_filing(request, filing_id)
    sent = request.FILES.get("file")
    try:
        if sent is None:
            raise NenghaoError("file-none", "没有选择文件", "no file was chosen", field="file")
        filing, read = drafting.import_file(
            actor=Actor.of(request), now=timezone.now(), filing_id=filing.pk, name=str(sent.name), content=sent.read()
        )
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
        return redirect("statement", filing.pk)
    if not read.bad:
        messages.success(request, _("已导入，全部单元格都读到了。"))
        return redirect("statement", filing.pk)
    context = statement_context(request, require_filing(request, filing_id)) | {"bad_cells": _bad_cells(read.bad)}
    return render(request, "statements/statement.html", context, status=400)


def _bad_cells(bad: Any) -> list[tuple[str, str, str, str, str]]:
    zh = page_language() == "zh"
    return [
        (one.sheet, one.cell, one.title_zh if zh else one.title_en, one.value, one.mend_zh if zh else one.mend_en)
        for one in bad
    ]


@roles(Role.ENERGY_MANAGER, Role.OFFICER, Role.OPERATOR)
@require_safe
def download(request: HttpRequest, filing_id: int, kind: str) -> HttpResponseBase:
    """Give the statement as a file: Excel in the printed layout (filled or empty), Word or PDF."""
    filing = require_filing(request, filing_id)
    if kind not in KINDS:
        raise Http404("kind")
    suffix, mime = KINDS[kind]
    name = f"{filing.enterprise.name}-{filing.form.zh}-{filing.period.text}-{filing.edition}.{suffix}"
    content = io.BytesIO(file_of(filing, kind))
    return FileResponse(content, as_attachment=True, filename=name, content_type=mime)


def require_filing(request: HttpRequest, filing_id: int) -> Filing:
    """Give a filing of the account's node; 404 else. A draft is its enterprise's alone."""
    account = signed_in(request)
    rows = visible_filings(account)
    if account.role != Role.ENERGY_MANAGER:
        rows = rows.exclude(state=FilingState.DRAFT)
    found = rows.filter(pk=filing_id).first()
    if found is None:
        raise Http404("filing")
    return found


def _act(request: HttpRequest, filing: Filing, change: Any) -> HttpResponse:
    """Save what the page holds, then change something; what is refused is said on the page."""
    if signed_in(request).role != Role.ENERGY_MANAGER:
        raise PermissionDenied
    anchor = ""
    try:
        if filing.is_draft:
            _save_typed(request, filing)
        anchor = change()
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
    return redirect(reverse("statement", args=[filing.pk]) + anchor)
