"""Pages of the quarterly report and bulletin: what is due, one document, its files."""

from __future__ import annotations

import io
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
from nenghao.hub.audit.services import Actor
from nenghao.hub.bulletins import services
from nenghao.hub.bulletins.files import tables, text_rows
from nenghao.hub.bulletins.models import DocumentKind, DocumentState, QuarterlyDocument
from nenghao.hub.bulletins.quarters import Quarter
from nenghao.hub.listing import XLSX, Filter, ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.store import get_store
from nenghao.periods import to_beijing
from nenghao.reporting import SheetTable
from nenghao.reporting.documents import form

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
QUARTERS_SHOWN = 8
ROWS_SHOWN = 20


@roles(Role.OFFICER, Role.OPERATOR)
@require_safe
def bulletins(request: HttpRequest) -> HttpResponseBase:
    """Show what is due now, and every document of the node."""
    account = signed_in(request)
    listing = _listing(request)
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    today = to_beijing(timezone.now()).date()
    last = Quarter.of(today).before
    own = services.visible_documents(account).filter(region_id=account.region_id, quarter_start=last.start)
    context = listing_context(listing, request) | {
        "last": last, "today": today, "days_left": (last.report_due_on - today).days,
        "due": [(kind, own.filter(kind=kind.value).first()) for kind in DocumentKind],
        "quarters": _quarters(Quarter.of(today)), "kinds": DocumentKind.choices,
        "may_act": account.role == Role.OFFICER,
    }  # fmt: skip
    return render(request, "bulletins/bulletins.html", context)


def _quarters(newest: Quarter) -> list[Quarter]:
    found = [newest]
    while len(found) < QUARTERS_SHOWN:
        found.append(found[-1].before)
    return found


def _listing(request: HttpRequest) -> Listing:
    return Listing(
        title=_("季报与通报"),
        rows=services.visible_documents(signed_in(request)),
        search=("region__name", "number"),
        filters=(
            Filter("kind", _("种类"), "kind", DocumentKind.choices),
            Filter("state", _("状态"), "state", DocumentState.choices),
        ),
        columns=(
            ListColumn(
                _("季度"), lambda row: row.quarter.text, order="quarter_start", template="bulletins/document_cell.html"
            ),
            ListColumn(_("地区"), lambda row: row.region.name, order="region__path"),
            ListColumn(_("种类"), lambda row: DocumentKind(row.kind).label, order="kind"),
            ListColumn(_("版次"), lambda row: row.edition, kind="integer"),
            ListColumn(_("状态"), lambda row: DocumentState(row.state).label, order="state"),
            ListColumn(_("报送期限"), lambda row: row.due_on, kind="date"),
            ListColumn(_("文号"), lambda row: row.number),
            ListColumn(_("印发时间"), lambda row: row.issued_at, kind="datetime", order="issued_at"),
            ListColumn(_("印发人"), lambda row: row.issued_by),
        ),
    )  # fmt: skip


@roles(Role.OFFICER)
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Start a document of the own region, or of one below it."""
    account = signed_in(request)
    region = require_region(account, request.POST.get("region", "") or account.region_id or "")
    try:
        made = services.draft(
            actor=Actor.of(request), now=timezone.now(), store=get_store(), region=region,
            kind=request.POST.get("kind", ""), quarter=Quarter.parse(request.POST.get("quarter", "")),
        )  # fmt: skip
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
        return redirect("bulletins")
    return redirect("bulletin", made.pk)


@roles(Role.OFFICER, Role.OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def bulletin(request: HttpRequest, document_id: int) -> HttpResponse:
    """Show a document with its figures; an officer edits the texts of a draft."""
    document = _require_document(request, document_id)
    if request.method == "POST" and _may_act(request) and _apply(request, document, "edit", texts=_typed(request)):
        messages.success(request, _("已保存。"))
        return redirect("bulletin", document.pk)
    typed = _typed(request) if request.method == "POST" else {}
    return render(request, "bulletins/bulletin.html", _document_context(request, document, typed))


@roles(Role.OFFICER)
@require_POST
def renew(request: HttpRequest, document_id: int) -> HttpResponse:
    """Take the figures of a draft anew."""
    document = _require_document(request, document_id)
    if _apply(request, document, "renew", store=get_store()):
        messages.success(request, _("数据已重新提取，改过的文字保持不变。"))
    return redirect("bulletin", document.pk)


@roles(Role.OFFICER)
@require_POST
def issue(request: HttpRequest, document_id: int) -> HttpResponse:
    """Issue a draft with its number and issuer; the typed texts are saved with it."""
    document = _require_document(request, document_id)
    typed = _typed(request)
    facts = {"number": typed.get("number", ""), "issuer": typed.get("issuer", "")}
    if _apply(request, document, "edit", texts=typed) and _apply(request, document, "issue", **facts):
        messages.success(request, _("已印发，文件已保存。"))
        return redirect("bulletin", document.pk)
    document = _require_document(request, document_id)
    return render(request, "bulletins/bulletin.html", _document_context(request, document, typed), status=400)


@roles(Role.OFFICER, Role.OPERATOR)
@require_safe
def download(request: HttpRequest, document_id: int, kind: str) -> HttpResponseBase:
    """Give the document as Word or Excel."""
    if kind not in ("docx", "xlsx"):
        raise Http404("kind")
    document = _require_document(request, document_id)
    name = (
        f"{document.region.name}-{document.quarter.text}-{DocumentKind(document.kind).label}-{document.edition}.{kind}"
    )
    content = io.BytesIO(services.file_of(document, kind))
    mime = DOCX if kind == "docx" else XLSX
    return FileResponse(content, as_attachment=True, filename=name, content_type=mime)


def _shown(table: SheetTable) -> list[list[tuple[str, str]]]:
    """Give the first rows as kind and text of each cell."""
    kinds = [column.kind for column in table.columns]
    return [list(zip(kinds, row, strict=True)) for row in text_rows(table)[:ROWS_SHOWN]]


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: str(text) for name, text in request.POST.items()}


def _may_act(request: HttpRequest) -> bool:
    return signed_in(request).role == Role.OFFICER


def _apply(request: HttpRequest, document: QuarterlyDocument, service: str, **facts: Any) -> bool:
    """Call a service on the document; what it refuses is said on the page."""
    try:
        getattr(services, service)(
            actor=Actor.of(request), now=timezone.now(), document_id=document.pk, **facts
        )  # fmt: skip
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
        return False
    return True


def _require_document(request: HttpRequest, document_id: int) -> QuarterlyDocument:
    found = services.visible_documents(signed_in(request)).filter(pk=document_id).first()
    if found is None:
        raise Http404("document")
    return found


def _document_context(request: HttpRequest, document: QuarterlyDocument, typed: dict[str, str]) -> dict[str, Any]:
    about = form(DocumentKind(document.kind).form_name)
    texts, english = document.texts | typed, page_language() == "en"
    return {
        "document": document, "about": about, "kind": DocumentKind(document.kind), "figures": document.figures,
        "is_draft": document.state == DocumentState.DRAFT, "may_act": _may_act(request),
        "sections": [
            (
                section.key, section.title_en if english else section.title_zh,
                section.hint_en if english else section.hint_zh, texts.get(section.key, ""),
                document.texts.get(section.key, "") != document.generated.get(section.key, ""),
            )
            for section in about.sections
        ],
        "tables": [(table, _shown(table), len(table.rows)) for table in tables(document)],
        "number": typed.get("number", document.number), "issuer": typed.get("issuer", document.issuer),
    }  # fmt: skip
