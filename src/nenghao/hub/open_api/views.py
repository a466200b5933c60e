"""Pages of the open API: tokens, its description, reported problems."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Account
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.open_api import tokens
from nenghao.hub.open_api.documentation import sections
from nenghao.hub.open_api.forms import TokenForm
from nenghao.hub.open_api.models import ApiToken, Scope


@require_http_methods(["GET", "HEAD", "POST"])
def access(request: HttpRequest) -> HttpResponseBase:
    """List the tokens; make one, whose text is shown on this one answer only."""
    account = signed_in(request)
    listing = _listing(account)
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    form = TokenForm(request.POST or None)
    made = _make(request, form) if request.method == "POST" else None
    context = listing_context(_listing(account), request) | {
        "form": TokenForm() if made else form, "made": made, "may_have": account.role in tokens.MAY_HAVE,
        "base": f"{request.scheme}://{request.get_host()}/api/v1",
    }  # fmt: skip
    return render(request, "open_api/access.html", context, status=400 if form.errors else 200)


def _make(request: HttpRequest, form: TokenForm) -> tokens.NewToken | None:
    if not form.is_valid():
        return None
    try:
        return tokens.make_token(
            actor=Actor.of(request), now=timezone.now(), account=signed_in(request), **form.cleaned_data
        )
    except NenghaoError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.text(page_language()))
        return None


@roles(*tokens.MAY_HAVE)
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Revoke a token."""
    try:
        token = tokens.revoke_token(
            actor=Actor.of(request), now=timezone.now(), account=signed_in(request), token_id=token_id
        )
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
    else:
        messages.success(request, _("已撤销令牌 %(name)s。") % {"name": token.name})
    return redirect("api-access")


@require_safe
def documentation(request: HttpRequest) -> HttpResponse:
    """Describe the API: the OpenAPI document in words."""
    base = f"{request.scheme}://{request.get_host()}"
    return render(request, "open_api/documentation.html", {"sections": sections(page_language()), "base": base})


def _listing(account: Account) -> Listing:
    return Listing(
        title=_("访问令牌"),
        rows=tokens.visible_tokens(account),
        search=("name", "account__username", "prefix"),
        decorate=lambda rows: _add_rights(account, rows),
        columns=(
            ListColumn(_("名称"), lambda row: row.name, order="name"),
            ListColumn(_("账号"), lambda row: row.account.username, order="account__username"),
            ListColumn(_("令牌"), lambda row: f"{row.prefix}…", template="open_api/prefix_cell.html"),
            ListColumn(_("权限"), _scopes),
            ListColumn(_("创建时间"), lambda row: row.created_at, kind="datetime", order="created_at"),
            ListColumn(_("有效期至"), lambda row: row.expires_at, kind="datetime", order="expires_at"),
            ListColumn(_("最近使用"), lambda row: row.last_used_at, kind="datetime", order="last_used_at"),
            ListColumn(_("状态"), _state, template="open_api/state_cell.html"),
        ),
    )  # fmt: skip


def _add_rights(account: Account, rows: Any) -> None:
    now = timezone.now()
    for row in rows:
        row.standing = row.state(now)
        row.may_revoke = row.standing in ("active", "closed") and tokens.may_revoke(account, row)


def _scopes(row: ApiToken) -> str:
    return _("、").join(str(Scope(scope).label.split("：")[0].split(":")[0]) for scope in row.scopes)


def _state(row: Any) -> str:
    names = {"active": _("有效"), "expired": _("已过期"), "revoked": _("已撤销"), "closed": _("账号已停用")}
    return str(names[row.standing])
