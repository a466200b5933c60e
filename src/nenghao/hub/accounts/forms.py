"""Forms for signing in, for passwords and for new accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nenghao.hub.accounts import sign_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.audit.services import client_address
from nenghao.hub.looks import StyledForm


class SignInForm(AuthenticationForm):
    """Name and password; refuses before looking at the password once too many attempts failed."""

    def clean(self) -> dict[str, Any]:
        """Check the limit, then the password; keep a failure."""
        now = timezone.now()
        username = str(self.cleaned_data.get("username", ""))
        address = client_address(self.request) if self.request else None
        if sign_in.is_limited(username=username, address=address, now=now):
            raise ValidationError(_("登录失败次数过多，请 15 分钟后再试。"), code="limited")
        try:
            return super().clean()
        except ValidationError:
            sign_in.note_failure(username=username, address=address, now=now)
            raise


class PasswordForm(StyledForm):
    """The old password and a new one, twice."""

    old = forms.CharField(label=_("原密码"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))
    new = forms.CharField(label=_("新密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))
    again = forms.CharField(
        label=_("再输一次新密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        """Check that both new passwords agree."""
        data = super().clean() or {}
        if data.get("new") != data.get("again"):
            self.add_error("again", _("两次输入不一致。"))
        return data


class AccountForm(StyledForm):
    """A new account: name, person, role, node, first password (which its owner must change)."""

    username = forms.CharField(label=_("账号"), max_length=150)
    full_name = forms.CharField(label=_("姓名"), max_length=100, required=False)
    role = forms.ChoiceField(label=_("角色"), choices=Role.choices)
    region = forms.CharField(label=_("行政区划代码"), max_length=6, required=False)
    enterprise = forms.CharField(label=_("统一社会信用代码（能源管理账号）"), max_length=18, required=False)
    password = forms.CharField(label=_("初始密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))
