"""How inputs of forms look: Tabler's classes, given in one place."""

from __future__ import annotations

from typing import Any

from django import forms


class Styled(forms.BaseForm):
    """Gives every input of a form the class of its kind; one that has a class of its own keeps it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            widget = field.widget
            if isinstance(widget, forms.CheckboxInput):
                widget.attrs.setdefault("class", "form-check-input")
            elif isinstance(widget, forms.Select) and not isinstance(widget, forms.RadioSelect):
                widget.attrs.setdefault("class", "form-select")
            elif not isinstance(widget, (forms.CheckboxSelectMultiple, forms.RadioSelect)):
                widget.attrs.setdefault("class", "form-control")


class StyledForm(Styled, forms.Form):
    """A form whose fields carry Tabler's classes."""
