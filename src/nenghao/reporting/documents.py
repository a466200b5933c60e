"""Word documents from templates (报告模板): ``forms/`` holds what an office may change in Word, and its parts.

A ``.docx`` there is a layout, with the fields in double braces; a ``.toml`` names a form, its source, its layout and
its sections. A new form is a new file.
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from nenghao.errors import NenghaoError
from nenghao.reporting.word_tables import with_fitted_tables

FORMS = files("nenghao.reporting") / "forms"


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a form that a person may edit: its key, heading, and what belongs there."""

    key: str
    title_zh: str
    title_en: str
    hint_zh: str = ""
    hint_en: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form: what it is called, where that is laid down, how sure that is, and its sections in order."""

    name: str
    title_zh: str
    title_en: str
    source: str
    status: str
    note: str
    template: str
    sections: tuple[Section, ...]


@cache
def form(name: str) -> Form:
    """Load the form ``name``: a folder and a file in it, ``quarterly/report``; ``form-unknown`` when there is none.

    >>> form("quarterly/report").sections[0].key
    'platform'
    """
    try:
        text = FORMS.joinpath(f"{name}.toml").read_text(encoding="utf-8")
    except FileNotFoundError as missing:
        raise NenghaoError("form-unknown", "没有这个表单", "there is no such form", record=name) from missing
    known = tomllib.loads(text)
    sections = tuple(Section(**section) for section in known.pop("section"))
    return Form(name=name, sections=sections, **known)


def word_document(template: str, context: Mapping[str, Any]) -> bytes:
    """Fill ``forms/<template>`` with the context and give the .docx file.

    Texts are written as they are (a brace or an angle bracket of a person's text does nothing). A field that the
    template names and the context lacks is an error, so that no blank is issued unseen. Tables are fitted to their page
    (:mod:`nenghao.reporting.word_tables`): no number is broken.
    """
    # Loaded when a document is written: few processes ever write one.
    from docxtpl import DocxTemplate  # noqa: PLC0415
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415

    document = DocxTemplate(io.BytesIO(FORMS.joinpath(template).read_bytes()))
    document.render(dict(context), Environment(undefined=StrictUndefined, autoescape=True), autoescape=True)
    stream = io.BytesIO()
    document.save(stream)
    return with_fitted_tables(stream.getvalue())


def paragraphs(text: str) -> Sequence[str]:
    """Split a person's text into paragraphs, without empty ones.

    >>> paragraphs("一\\n\\n二")
    ['一', '二']
    """
    return [line.strip() for line in text.splitlines() if line.strip()]
