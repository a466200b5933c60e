"""Pages of rules and schemes: the list, one edition with its difference, its form, the steps, what applies to whom."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_enterprise, require_region
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import Filter, ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import enterprise_places
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.quality_rules import editing, looking
from nenghao.hub.quality_rules.forms import Sheet, content_sheet, sheet_of
from nenghao.hub.quality_rules.models import RULES_KEY, Edition, EditionStatus
from nenghao.hub.quality_rules.services import Applied, applied_to
from nenghao.quality.rules import RuleSet, rules_to
from nenghao.quality.scores import scheme_to

MAY_READ = (Role.OFFICER, Role.OPERATOR)
NOWRAP = "quality_rules/nowrap_cell.html"


@roles(*MAY_READ)
def editions(request: HttpRequest) -> HttpResponseBase:
    """List the editions of the own node and what applies there today."""
    account, today = signed_in(request), timezone.localdate()
    listing = _listing(account, today)
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    applied = [(looking.key_name(found.key), found) for found in applied_to(account.region_path, today)]
    context = {
        "applied": applied, "today": today, "region": account.region, "may_draft": account.role == Role.OFFICER,
        "key_choices": looking.key_choices(),
    }  # fmt: skip
    return render(request, "quality_rules/editions.html", listing_context(listing, request) | context)


def _listing(account: Account, today: date) -> Listing:
    return Listing(
        title=_("规则与评分版本"),
        rows=looking.readable_editions(account),
        search=("title", "region__name", "region__code", "created_by", "activated_by"),
        filters=(
            Filter("key", _("类别"), "key", looking.key_choices()),
            Filter("status", _("状态"), "status", EditionStatus.choices),
        ),
        columns=(
            ListColumn(_("名称"), lambda row: row.title, order="title", template="quality_rules/title_cell.html"),
            ListColumn(_("类别"), lambda row: looking.key_name(row.key), order="key"),
            ListColumn(_("版本"), lambda row: row.label, template=NOWRAP),
            ListColumn(_("地区"), lambda row: row.region.name, order="region__path", template=NOWRAP),
            ListColumn(
                _("状态"), lambda row: looking.stage_word(looking.stage(row, today)), order="status",
                template="quality_rules/status_cell.html",
            ),
            ListColumn(_("生效日期"), lambda row: row.effective_from, kind="date", order="effective_from"),
            ListColumn(_("停用日期"), lambda row: row.effective_until, kind="date", order="effective_until"),
            ListColumn(_("启用人"), lambda row: row.activated_by, template=NOWRAP),
            ListColumn(_("理由"), lambda row: row.reason),
            ListColumn(_("修改时间"), lambda row: row.changed_at, kind="datetime", order="changed_at"),
        ),
    )  # fmt: skip


@roles(Role.OFFICER)
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Make a draft for a region of the own node: of an edition (``base``), or of what ships (``key``)."""
    account = signed_in(request)
    region = require_region(account, request.POST.get("region") or account.region_id or "")
    base_id = request.POST.get("base", "")
    base = looking.require_edition(account, int(base_id)) if base_id.isdecimal() else None
    key = base.key if base else request.POST.get("key", "")
    draft = editing.create_draft(
        actor=Actor.of(request), now=timezone.now(), region=region, kind=looking.kind_of(key), key=key,
        title=request.POST.get("title", ""), base=base,
    )  # fmt: skip
    return redirect("quality-rules-edit", draft.pk)


@roles(*MAY_READ)
def edition(request: HttpRequest, edition_id: int) -> HttpResponse:
    """Show one edition: what it holds, how it differs from another, what can be done with it, who did what."""
    account = signed_in(request)
    found = looking.require_edition(account, edition_id)
    return render(request, "quality_rules/edition.html", _edition_context(request, account, found))


def _edition_context(request: HttpRequest, account: Account, found: Edition) -> dict[str, Any]:
    others = looking.readable_editions(account).filter(kind=found.kind, key=found.key).exclude(pk=found.pk)
    wanted = request.GET.get("with", "")
    other = others.filter(pk=int(wanted)).first() if wanted.isdecimal() else None
    if not wanted and found.based_on_id:
        other = others.filter(pk=found.based_on_id).first()
    before = other.content if other else editing.shipped_content(found.kind, found.key)
    return _about(found) | {
        "sheet": sheet_of(found), "other": other, "others": others, "trail": looking.trail(account, found),
        "changes": looking.shown_changes(found.kind, found.key, before, found.content),
        "may_change": looking.may_change(account, found), "may_draft": account.role == Role.OFFICER,
        "trials": found.trials.all()[:5] if looking.is_own(account, found) else (), "typed": {},
    }  # fmt: skip


def _about(found: Edition) -> dict[str, Any]:
    today = timezone.localdate()
    stage = looking.stage(found, today)
    return {
        "edition": found, "stage": stage, "stage_word": looking.stage_word(stage), "today": today,
        "key_name": looking.key_name(found.key), "scheme_words": looking.scheme_words(found.key, found.content),
    }  # fmt: skip


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, edition_id: int) -> HttpResponse:
    """Change a draft; what was typed wrong is shown again with an error at its field."""
    found = looking.require_own_edition(signed_in(request), edition_id)
    if found.status != EditionStatus.DRAFT:
        messages.error(request, _("已启用的版本不可改动，请另建新版本。"))
        return redirect("quality-rules-edition", found.pk)
    typed = {name: str(value) for name, value in request.POST.items()} if request.method == "POST" else None
    sheet = sheet_of(found, typed)
    refused = ""
    if request.method == "POST" and sheet.content is not None:
        refused = _save(request, found, sheet)
        if not refused:
            messages.success(request, _("草稿已保存。"))
            return redirect("quality-rules-edition", found.pk)
    return render(request, "quality_rules/edit.html", _about(found) | {"sheet": sheet, "refused": refused})


def _save(request: HttpRequest, found: Edition, sheet: Sheet) -> str:
    assert sheet.content is not None
    try:
        editing.save_draft(
            actor=Actor.of(request), now=timezone.now(), edition=found, title=sheet.title, content=sheet.content
        )
    except NenghaoError as refused:
        return refused.text(page_language())
    return ""


@roles(Role.OFFICER)
@require_POST
def activate(request: HttpRequest, edition_id: int) -> HttpResponse:
    """Put a draft in force from a day on."""
    return _step(request, edition_id, "activate", "effective_from")


@roles(Role.OFFICER)
@require_POST
def retire(request: HttpRequest, edition_id: int) -> HttpResponse:
    """End an edition that is in force."""
    return _step(request, edition_id, "retire", "effective_until")


def _step(request: HttpRequest, edition_id: int, name: str, day_field: str) -> HttpResponse:
    """Take a step of an edition's life; a refusal shows the page again with what was typed and the error."""
    account = signed_in(request)
    found = looking.require_own_edition(account, edition_id)
    try:
        day = day_of(request.POST.get(day_field, ""), day_field)
        getattr(editing, name)(
            actor=Actor.of(request), now=timezone.now(), edition=found, reason=request.POST.get("reason", ""),
            **{day_field: day},
        )  # fmt: skip
    except NenghaoError as refused:
        typed = {
            "step": name, "day": request.POST.get(day_field, ""), "reason": request.POST.get("reason", ""),
            "field": refused.field, "error": refused.text(page_language()),
        }  # fmt: skip
        found = looking.require_own_edition(account, edition_id)
        context = _edition_context(request, account, found) | {"typed": typed}
        return render(request, "quality_rules/edition.html", context)
    messages.success(request, _("已启用。") if name == "activate" else _("已停用。"))
    return redirect("quality-rules-edition", edition_id)


def day_of(text: str, field: str) -> date | None:
    """Read a day from a form; nothing where the field is empty."""
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise NenghaoError(
            "day-unreadable", f"日期无法识别: {text[:20]}", f"the day cannot be read: {text[:20]}", field=field,
            mend_zh="写成 2026-01-01", mend_en="write it as 2026-01-01",
        ) from None  # fmt: skip


@roles(Role.OFFICER)
@require_POST
def discard(request: HttpRequest, edition_id: int) -> HttpResponse:
    """Throw a draft away."""
    found = looking.require_own_edition(signed_in(request), edition_id)
    try:
        editing.discard_draft(actor=Actor.of(request), now=timezone.now(), edition=found)
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
        return redirect("quality-rules-edition", edition_id)
    messages.success(request, _("草稿已删除。"))
    return redirect("quality-rules")


@roles(*MAY_READ)
def built_in(request: HttpRequest, key: str) -> HttpResponse:
    """Show what ships with nenghao."""
    sheet = looking.shipped_sheet(key)
    context = {
        "sheet": sheet, "key": key, "key_name": looking.key_name(key),
        "scheme_words": looking.scheme_words(key, editing.shipped_content(looking.kind_of(key), key)),
        "may_draft": signed_in(request).role == Role.OFFICER,
    }  # fmt: skip
    return render(request, "quality_rules/built_in.html", context)


def applied(request: HttpRequest, code: str) -> HttpResponse:
    """Show an enterprise, and whoever sees it, by which rules and schemes it is judged on a day (``on``)."""
    account = signed_in(request)
    enterprise = require_enterprise(account, code)
    on = day_of(request.GET.get("on", ""), "on") or timezone.localdate()
    found = [_applied_sheet(one) for one in applied_to(enterprise.region.path, on)]
    context = {
        "enterprise": enterprise, "on": on, "found": found, "places": enterprise_places(account, enterprise),
        "may_open": account.role in MAY_READ,
    }  # fmt: skip
    return render(request, "quality_rules/applied.html", context)


def _applied_sheet(one: Applied) -> dict[str, Any]:
    content = rules_to(one.content) if isinstance(one.content, RuleSet) else scheme_to(one.content)
    shipped = editing.shipped_content(one.kind, one.key)
    return {
        "key": one.key, "name": looking.key_name(one.key), "edition": one.edition, "is_rules": one.key == RULES_KEY,
        "sheet": content_sheet(one.kind, content, shipped),
        "scheme_words": looking.scheme_words(one.key, content),
    }  # fmt: skip
