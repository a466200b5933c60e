"""Pages of definitions: the list with formulas and sources, and the form of an officer's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from nenghao.accounting.indicators.terms import PLAIN, VALUES, WITH_ENERGY
from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.audit.services import Actor
from nenghao.hub.indicators import services
from nenghao.hub.indicators.models import OwnIndicator
from nenghao.hub.looks import StyledForm
from nenghao.hub.monitoring.words import page_language
from nenghao.reference.library import library


class DefinitionForm(StyledForm):
    """One definition; terms are written one a line."""

    key = forms.SlugField(label=_("指标编码"), help_text=_("小写字母、数字和连字符"))
    title_zh = forms.CharField(label=_("中文名称"), max_length=60)
    title_en = forms.CharField(label=_("英文名称"), max_length=80)
    unit = forms.CharField(label=_("单位"), max_length=30, required=False)
    kind = forms.ChoiceField(
        label=_("类型"), choices=[("ratio", _("比值")), ("total", _("合计")), ("power_factor", _("功率因数"))]
    )
    subject = forms.ChoiceField(label=_("对象"), choices=[("enterprise", _("用能单位")), ("product", _("产品"))])
    numerator = forms.CharField(
        label=_("分子"), widget=forms.Textarea(attrs={"rows": 3}), help_text=_("每行一项，前加减号表示扣除")
    )
    denominator = forms.CharField(label=_("分母"), widget=forms.Textarea(attrs={"rows": 2}), required=False)
    factor = forms.FloatField(label=_("系数"), initial=1.0)
    better = forms.ChoiceField(
        label=_("好的方向"), choices=[("lower", _("越低越好")), ("higher", _("越高越好")), ("none", _("不排名"))]
    )
    source = forms.CharField(label=_("来源"), max_length=200, required=False)
    active = forms.BooleanField(label=_("启用"), required=False, initial=True)
    reason = forms.CharField(label=_("更改的理由"), max_length=200, required=False)

    def content(self) -> dict[str, Any]:
        """Give what was typed as a definition's content."""
        said = dict(self.cleaned_data)
        for part in ("numerator", "denominator"):
            said[part] = [line.strip() for line in said[part].splitlines() if line.strip()]
        return {name: value for name, value in said.items() if name not in {"active", "reason"}}


@require_safe
def definitions(request: HttpRequest) -> HttpResponse:
    """List the indicators that apply to the own node, with formula and source."""
    account = signed_in(request)
    path = account.region_path
    own = {row.key: row for row in services.own_definitions(path)}
    language = page_language()
    known = [
        (one, one.title(language), one.formula(language), own.get(one.key)) for one in services.definitions_for(path)
    ]
    return render(request, "indicators/definitions.html", {"known": known, "may_define": account.role == Role.OFFICER})


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """Make an indicator of the own region, or change one (``?key=``)."""
    account = signed_in(request)
    assert account.region is not None
    row = OwnIndicator.objects.filter(region=account.region, key=request.GET.get("key", ""), is_current=True).first()
    form = DefinitionForm(request.POST or None, initial=_initial(row) if row else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_definition(
                actor=Actor.of(request), now=timezone.now(), region=account.region, content=form.content(),
                reason=form.cleaned_data["reason"], active=form.cleaned_data["active"],
            )  # fmt: skip
        except NenghaoError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.text(page_language()))
        else:
            messages.success(request, _t("已保存。"))
            return redirect("indicator-definitions")
    return render(request, "indicators/edit.html", {"form": form, "row": row, "vocabulary": _vocabulary()})


def _initial(row: OwnIndicator) -> dict[str, Any]:
    lines = {part: "\n".join(row.content.get(part, [])) for part in ("numerator", "denominator")}
    return dict(row.content) | lines | {"active": row.active}


def _vocabulary() -> list[tuple[str, str]]:
    """Give the terms that may be written, with their words."""
    place = 0 if page_language() == "zh" else 1
    energies = ", ".join(one.key for one in library().energy_types())
    return [
        *((name, words[place]) for name, words in PLAIN.items()),
        *((f"value:{name}", words[place]) for name, words in VALUES.items()),
        *((f"{name}:…", f"{words[place]} {energies}") for name, words in WITH_ENERGY.items()),
        ("item:…", _t("采集数据项编码，如 item:00-00-0000-990100-10")),
    ]
