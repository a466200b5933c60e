"""Forms of the app: labels above, errors at the field, what was typed stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.models import AcceptanceStep, Answer, FaultKind, Stage, TicketAction, Tier, Verdict
from nenghao.hub.looks import StyledForm
from nenghao.hub.monitoring.words import page_language


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """Give a field for a day, with the browser's own picker."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


def text_field(label: Any, *, length: int = 200, required: bool = True, rows: int = 0, help_text: Any = "") -> Any:
    """Give a field for a text, of several lines where ``rows`` says so."""
    widget = forms.Textarea(attrs={"rows": rows}) if rows else None
    return forms.CharField(label=label, max_length=length, required=required, help_text=help_text, widget=widget)


def attempt(form: forms.Form, service: Callable[[dict[str, Any]], Any]) -> bool:
    """Call a service with the cleaned data; a refusal is shown at the field it names, and nothing typed is lost."""
    if not form.is_valid():
        return False
    try:
        service(form.cleaned_data)
    except NenghaoError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.text(page_language()))
        return False
    return True


class PlanForm(StyledForm):
    """Tier, batch and planned dates of one enterprise."""

    tier = forms.ChoiceField(label=_("层级"), choices=Tier.choices)
    batch = text_field(_("批次"), length=30, required=False)
    listed_on = day_field(_("列入名单日期"))
    planned_build_on = day_field(_("计划建成日期"), required=False)
    planned_connect_on = day_field(_("计划接入日期"), required=False)
    planned_accept_on = day_field(_("计划验收日期"), required=False)
    has_control_centre = forms.BooleanField(label=_("已建能源管控中心"), required=False)
    remark = text_field(_("备注"), required=False)
    reason = text_field(_("修改理由"), required=False, help_text=_("修改已有计划时必填"))


class MilestoneForm(StyledForm):
    """The day a milestone was reached."""

    stage = forms.ChoiceField(label=_("节点"), choices=Stage.choices)
    on = day_field(_("实际日期"), required=False, help_text=_("空着表示撤回"))
    reason = text_field(_("依据或理由"))


class DelayForm(StyledForm):
    """Why an enterprise is late."""

    reason = text_field(_("滞后原因"))


class ImportForm(StyledForm):
    """A list as a file."""

    file = forms.FileField(label=_("名单文件（.xlsx 或 .csv）"))
    reason = text_field(_("修改理由"), required=False, help_text=_("文件修改已有计划时必填"))
    only_good = forms.BooleanField(label=_("有错误行时只导入正确的行"), required=False)


class TicketForm(StyledForm):
    """A fault reported by hand; the choices of parts are those of the enterprise."""

    kind = forms.ChoiceField(label=_("故障类别"), choices=[c for c in FaultKind.choices if c[0] != "silence"])
    fault_at = forms.DateTimeField(
        label=_("故障时间"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    device = forms.ChoiceField(label=_("端设备"), required=False)
    meter = forms.ChoiceField(label=_("计量器具"), required=False)
    data_item = forms.ChoiceField(label=_("数据项"), required=False)
    description = text_field(_("故障说明"), length=500, rows=2)

    def __init__(self, *args: Any, parts: Mapping[str, Sequence[tuple[str, str]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in parts.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "–"), *choices]


class TicketStepForm(StyledForm):
    """One step of a ticket."""

    action = forms.ChoiceField(label=_("操作"), choices=TicketAction.choices)
    note = text_field(_("说明"), length=500, rows=2)
    expected_on = day_field(_("预计修复日期"), required=False, help_text=_("报备时必填"))
    repaired_on = day_field(_("修复日期"), required=False, help_text=_("报告修复时填写，空着为今天"))

    def __init__(self, *args: Any, actions: Sequence[TicketAction], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["action"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(action.value, action.label) for action in actions]
        if TicketAction.FILED not in actions:
            del self.fields["expected_on"]
        if TicketAction.REPAIRED not in actions:
            del self.fields["repaired_on"]


class ExemptionForm(StyledForm):
    """A consent of the province."""

    consent_number = text_field(_("同意文号"), length=100)
    consent_by = text_field(_("同意部门"), length=100)
    consented_on = day_field(_("同意日期"))
    energies = forms.MultipleChoiceField(label=_("暂缓接入的能源品种"), widget=forms.CheckboxSelectMultiple)
    valid_from = day_field(_("生效日期"))
    expires_on = day_field(_("到期日期"))
    remaining = text_field(_("待接入内容"), length=1000, rows=2)

    def __init__(self, *args: Any, energies: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["energies"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = energies


class StepForm(StyledForm):
    """The next step of an acceptance; the application carries the promise, the verdict its word."""

    on = day_field(_("日期"))
    promised_by = text_field(_("数据真实性承诺人"), length=100, help_text=_("承诺所报资料和上传数据真实、准确、完整"))
    verdict = forms.ChoiceField(label=_("结论"), choices=Verdict.choices)
    note = text_field(_("说明"), length=500, required=False, rows=2)

    def __init__(self, *args: Any, step: AcceptanceStep, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if step != AcceptanceStep.APPLY:
            del self.fields["promised_by"]
        if step == AcceptanceStep.VERDICT:
            self.fields["note"].required = True
        else:
            del self.fields["verdict"]


ANSWERS = [("", "–"), *Answer.choices]


class SettingForm(StyledForm):
    """What a region sets for itself and below."""

    connect_due_on = day_field(_("全部接入时限"))
    silence_hours = forms.IntegerField(label=_("静默时长上限 [h]"), min_value=1, max_value=8784)
    clock_limit_s = forms.IntegerField(label=_("时钟偏差上限 [s]"), min_value=1, max_value=86400)
    backlog_limit = forms.IntegerField(label=_("积压上限 [条]"), min_value=0, max_value=10_000_000)
    warn_days = forms.IntegerField(label=_("豁免到期提前提示 [天]"), min_value=0, max_value=730)
    reason = text_field(_("理由"))


class DutyForm(StyledForm):
    """A region's organisation."""

    lead_department = text_field(_("牵头部门"), length=100)
    builder = text_field(_("建设单位"), length=100)
    effective_on = day_field(_("生效日期"))
    mechanism = text_field(_("工作机制"), length=2000, required=False, rows=2)
    platform_plan = text_field(_("省级平台建设计划"), length=2000, required=False, rows=2)
    access_plan = text_field(_("接入端系统建设计划"), length=2000, required=False, rows=2)
    documents = text_field(_("文件依据"), length=2000, required=False, rows=2)
    reason = text_field(_("报送或变更原因"))


class PersonForm(StyledForm):
    """One named person of a filing; an empty line is left out."""

    name = text_field(_("姓名"), length=50, required=False)
    department = text_field(_("单位"), length=100, required=False)
    post = text_field(_("职务"), length=50, required=False)
    phone = text_field(_("电话"), length=50, required=False)
    task = text_field(_("分工"), length=200, required=False)


PersonFormSet = forms.formset_factory(PersonForm, extra=3, max_num=20)
