"""Forms of the credit list: a step of a case, proposals from the candidates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nenghao.hub.credit.candidates import Thresholds
from nenghao.hub.credit.models import CreditKind
from nenghao.hub.credit.steps import Step


class StepForm(forms.Form):
    """One step: its reason, and a document and a last day where the step needs them."""

    reason = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    document = forms.CharField(label=_("文号或材料"), max_length=200, required=False)
    answer_until = forms.DateField(
        label=_("申辩截止日"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Any = None, *, step: Step) -> None:
        super().__init__(data, prefix=step.action, auto_id=f"id_{step.action}_%s")
        self.step = step
        if not step.needs_answer_until:
            del self.fields["answer_until"]
        self.fields["document"].required = step.needs_document
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


class ProposalForm(forms.Form):
    """A case opened by hand."""

    kind = forms.ChoiceField(label=_("情形"), choices=CreditKind.choices)
    enterprise = forms.CharField(label=_("统一社会信用代码"), max_length=18)
    reason = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name == "kind" else "form-control"


class ThresholdForm(forms.Form):
    """From where on an enterprise is shown as a candidate; whole numbers from 1."""

    late_days = forms.IntegerField(label=_("建设逾期 [天]"), min_value=1, max_value=9999, required=False)
    days_without_data = forms.IntegerField(label=_("近 30 天无数据 [天]"), min_value=1, max_value=30, required=False)
    over_term_tickets = forms.IntegerField(label=_("超期未报备故障 [起]"), min_value=1, max_value=999, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs |= {"class": "form-control", "placeholder": getattr(Thresholds(), name)}

    def thresholds(self) -> Thresholds:
        """Give what was typed, the default where nothing readable was."""
        typed = self.cleaned_data if self.is_valid() else {}
        default = Thresholds()
        return Thresholds(*(typed.get(name) or getattr(default, name) for name in self.fields))
