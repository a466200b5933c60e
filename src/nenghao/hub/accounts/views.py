"""Pages of signing in and out, the own password, and the accounts of a node."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from nenghao.errors import NenghaoError
from nenghao.hub.accounts import services, sign_in
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.forms import AccountForm, PasswordForm, SignInForm
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.audit.services import Actor, client_address
from nenghao.hub.listing import Filter, ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.words import page_language

MAY_MANAGE = (Role.OFFICER, Role.OPERATOR)


class SignIn(LoginView):
    """The sign-in page; whoever is signed in already goes to the own node."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in (with a new session) and keep a trace."""
        response = super().form_valid(form)
        account = cast(Account, form.get_user())
        sign_in.note_success(account=account, address=client_address(self.request), now=timezone.now())
        return response


@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change the own password."""
    account = signed_in(request)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not account.check_password(form.cleaned_data["old"]):
            form.add_error("old", _("原密码不对。"))
        elif _change_password(request, form):
            messages.success(request, _("密码已修改。"))
            return redirect("/")
    return render(request, "accounts/password.html", {"form": form, "due": account.must_change_password})


def _change_password(request: HttpRequest, form: PasswordForm) -> bool:
    account = signed_in(request)
    try:
        services.change_password(
            actor=Actor.of(request), now=timezone.now(), account=account, password=form.cleaned_data["new"]
        )
    except NenghaoError as weak:
        form.add_error("new", weak.text(page_language()))
        return False
    update_session_auth_hash(request, account)
    return True


@roles(*MAY_MANAGE)
def accounts(request: HttpRequest) -> HttpResponseBase:
    """List the accounts of the own node and below."""
    listing = _listing(services.visible_accounts(signed_in(request)))
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    return render(request, "accounts/accounts.html", listing_context(listing, request))


def _listing(rows: QuerySet[Account]) -> Listing:
    return Listing(
        title=_("账号"),
        rows=rows,
        search=("username", "full_name", "enterprise__name", "region__name"),
        filters=(Filter("role", _("角色"), "role", Role.choices),),
        columns=(
            ListColumn(_("账号"), lambda row: row.username, order="username"),
            ListColumn(_("姓名"), lambda row: row.full_name, order="full_name"),
            ListColumn(_("角色"), lambda row: row.get_role_display(), order="role"),
            ListColumn(_("所属节点"), lambda row: str(row.enterprise or row.region)),
            ListColumn(_("最近登录"), lambda row: row.last_login, kind="datetime", order="last_login"),
            ListColumn(
                _("状态"), lambda row: _("启用") if row.is_active else _("停用"), order="is_active",
                template="accounts/status_cell.html",
            ),
        ),
    )  # fmt: skip


@roles(*MAY_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    """Create an account at the own node or below it."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _create(request, form)
        except NenghaoError as refused:
            field = refused.field if refused.field in form.fields else None
            form.add_error(field, refused.text(page_language()))
        else:
            messages.success(request, _("账号已创建。"))
            return redirect("accounts")
    return render(request, "accounts/new_account.html", {"form": form})


def _create(request: HttpRequest, form: AccountForm) -> None:
    data, creator = form.cleaned_data, signed_in(request)
    region, enterprise = services.node(region_code=data["region"], enterprise_code=data["enterprise"])
    services.require_in_node(creator, region=region, enterprise=enterprise, role=data["role"])
    services.create_account(
        actor=Actor.of(request), now=timezone.now(), username=data["username"], password=data["password"],
        role=data["role"], region=region, enterprise=enterprise, full_name=data["full_name"],
        must_change_password=True,
    )  # fmt: skip


@roles(*MAY_MANAGE)
@require_POST
def set_active(request: HttpRequest, username: str) -> HttpResponse:
    """Close or open an account of the own node; nobody closes the own account."""
    actor = signed_in(request)
    account = services.visible_accounts(actor).filter(username=username).exclude(pk=actor.pk).first()
    if account is None:
        raise Http404("account")
    services.require_in_node(actor, region=account.region, enterprise=account.enterprise, role=account.role)
    active = request.POST.get("active") == "1"
    services.set_active(actor=Actor.of(request), now=timezone.now(), account=account, active=active)
    return redirect("accounts")
