"""Forms of the pages: a new token, the answer to a reported problem."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nenghao.hub.open_api.models import FeedbackState, Scope
from nenghao.hub.open_api.tokens import LONGEST_DAYS

READING_SCOPES = [Scope.REGISTRY, Scope.READINGS, Scope.QUALITY, Scope.MONTHLY]


class TokenForm(forms.Form):
    """A new token."""

    name = forms.CharField(label=_("名称（哪个系统使用）"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=_("权限"), choices=Scope.choices, initial=READING_SCOPES, widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(label=_("有效期 [天]"), min_value=1, max_value=LONGEST_DAYS, initial=365)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["class"] = "form-control"
        self.fields["days"].widget.attrs["class"] = "form-control"


class AnswerForm(forms.Form):
    """The answer to a reported problem."""

    state = forms.ChoiceField(
        label=_("结论"), choices=[choice for choice in FeedbackState.choices if choice[0] != FeedbackState.OPEN]
    )
    answer = forms.CharField(label=_("答复"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].widget.attrs["class"] = "form-select"
        self.fields["answer"].widget.attrs["class"] = "form-control"
