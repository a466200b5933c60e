"""Pages of the monthly situation reports: the list, one report, its files."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.accounts.services import require_region
from nenghao.hub.analysis import services
from nenghao.hub.analysis.facts import basis_of
from nenghao.hub.analysis.files import tables, text_rows
from nenghao.hub.analysis.models import FORM, SituationReport
from nenghao.hub.audit.services import Actor
from nenghao.hub.bulletins.models import DocumentState
from nenghao.hub.bulletins.views import DOCX
from nenghao.hub.listing import XLSX, Filter, ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.span import parse_span
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.store import get_store
from nenghao.periods import to_beijing
from nenghao.reporting.documents import form

ROWS_SHOWN = 12
CELL = "analysis/report_cell.html"


@roles(Role.OFFICER, Role.OPERATOR)
@require_safe
def reports(request: HttpRequest) -> HttpResponseBase:
    """List the reports of the node, and start one."""
    account, listing = signed_in(request), _listing(request)
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    today = to_beijing(timezone.now()).date()
    last = date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)
    context = listing_context(listing, request) | {"last": last, "may_act": account.role == Role.OFFICER}
    return render(request, "analysis/reports.html", context)


def _listing(request: HttpRequest) -> Listing:
    return Listing(
        title=_("形势分析月报"), rows=services.visible_reports(signed_in(request)), search=("region__name", "number"),
        filters=(
            Filter("state", _("状态"), "state", DocumentState.choices),
            Filter("basis", _("口径"), "basis", [("calorific", _("当量值")), ("equivalent", _("等价值"))]),
        ),
        columns=(
            ListColumn(_("月份"), lambda row: f"{row.month:%Y-%m}", order="month", template=CELL),
            ListColumn(_("地区"), lambda row: row.region.name, order="region__path"),
            ListColumn(_("口径"), lambda row: row.get_basis_display(), order="basis"),
            ListColumn(_("版次"), lambda row: row.edition, kind="integer"),
            ListColumn(_("状态"), lambda row: DocumentState(row.state).label, order="state"),
            ListColumn(_("文号"), lambda row: row.number),
            ListColumn(_("印发时间"), lambda row: row.issued_at, kind="datetime", order="issued_at"),
            ListColumn(_("印发人"), lambda row: row.issued_by),
        ),
    )  # fmt: skip


@roles(Role.OFFICER)
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Start a report of the own region, or of one below it."""
    account = signed_in(request)
    region = require_region(account, request.POST.get("region", "") or account.region_id or "")
    try:
        month = parse_span(request.POST.get("month", "")).start.date().replace(day=1)
        made = services.draft(
            actor=Actor.of(request), now=timezone.now(), store=get_store(), region=region, month=month,
            basis=basis_of(request.POST.get("basis", "")),
        )  # fmt: skip
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
        return redirect("situation-reports")
    return redirect("situation-report", made.pk)


@roles(Role.OFFICER, Role.OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """Show a report with its figures; an officer edits the texts of a draft."""
    found = _require(request, report_id)
    if request.method == "POST" and _may_act(request) and _apply(request, found, "edit", texts=_typed(request)):
        messages.success(request, _("已保存。"))
        return redirect("situation-report", found.pk)
    return _show(request, found, _typed(request) if request.method == "POST" else {})


@roles(Role.OFFICER)
@require_POST
def renew(request: HttpRequest, report_id: int) -> HttpResponse:
    """Take the figures of a draft anew."""
    found = _require(request, report_id)
    if _apply(request, found, "renew", store=get_store()):
        messages.success(request, _("数据已重新提取，改过的文字保持不变。"))
    return redirect("situation-report", found.pk)


@roles(Role.OFFICER)
@require_POST
def issue(request: HttpRequest, report_id: int) -> HttpResponse:
    """Issue a draft with its number and issuer; the typed texts are saved with it."""
    found, typed = _require(request, report_id), _typed(request)
    facts = {"number": typed.get("number", ""), "issuer": typed.get("issuer", "")}
    if _apply(request, found, "edit", texts=typed) and _apply(request, found, "issue", **facts):
        messages.success(request, _("已印发，文件已保存。"))
        return redirect("situation-report", found.pk)
    return _show(request, _require(request, report_id), typed, status=400)


@roles(Role.OFFICER, Role.OPERATOR)
@require_safe
def download(request: HttpRequest, report_id: int, kind: str) -> HttpResponseBase:
    """Give the report as Word or Excel."""
    if kind not in ("docx", "xlsx"):
        raise Http404("kind")
    found = _require(request, report_id)
    name = f"{found.region.name}-{found.month:%Y-%m}-{form(FORM).title_zh}-{found.edition}.{kind}"
    content = io.BytesIO(services.file_of(found, kind))
    return FileResponse(content, as_attachment=True, filename=name, content_type=DOCX if kind == "docx" else XLSX)


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: str(text) for name, text in request.POST.items()}


def _may_act(request: HttpRequest) -> bool:
    return signed_in(request).role == Role.OFFICER


def _require(request: HttpRequest, report_id: int) -> SituationReport:
    found = services.visible_reports(signed_in(request)).filter(pk=report_id).first()
    if found is None:
        raise Http404("report")
    return found


def _apply(request: HttpRequest, found: SituationReport, service: str, **facts: Any) -> bool:
    """Call a service on the report; what it refuses is said on the page."""
    try:
        getattr(services, service)(actor=Actor.of(request), now=timezone.now(), report_id=found.pk, **facts)
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
        return False
    return True


def _show(request: HttpRequest, found: SituationReport, typed: dict[str, str], status: int = 200) -> HttpResponse:
    english, about = page_language() == "en", form(FORM)
    sections = [
        (
            section.key, section.title_en if english else section.title_zh,
            section.hint_en if english else section.hint_zh, typed.get(section.key, found.texts.get(section.key, "")),
            found.texts.get(section.key, "") != found.generated.get(section.key, ""),
        )
        for section in about.sections
    ]  # fmt: skip
    shown = [(table, _cells(table), len(table.rows)) for table in tables(found)]
    context = {
        "report": found, "figures": found.figures, "about": about, "sections": sections, "tables": shown,
        "is_draft": found.state == DocumentState.DRAFT, "may_act": _may_act(request),
        "number": typed.get("number", found.number), "issuer": typed.get("issuer", found.issuer),
    }  # fmt: skip
    return render(request, "analysis/report.html", context, status=status)


def _cells(table: Any) -> list[list[tuple[str, str]]]:
    """Give the first rows as kind and text of each cell."""
    kinds = [column.kind for column in table.columns]
    return [list(zip(kinds, row, strict=True)) for row in text_rows(table)[:ROWS_SHOWN]]
