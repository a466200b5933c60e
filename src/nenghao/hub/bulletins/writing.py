"""What all documents that are drafted from figures, edited and issued have in common: their texts."""

from __future__ import annotations

from collections.abc import Mapping

from nenghao.errors import NenghaoError
from nenghao.reporting.documents import Form

Texts = Mapping[str, str]


def renewed_texts(texts: Texts, generated: Texts, fresh: Texts) -> dict[str, str]:
    """Take new texts for the sections that nobody changed; what a person wrote stays.

    >>> renewed_texts({"a": "old", "b": "mine"}, {"a": "old", "b": "old"}, {"a": "new", "b": "new"})
    {'a': 'new', 'b': 'mine'}
    """
    return {
        key: text if texts.get(key, "") == generated.get(key, "") else texts.get(key, "") for key, text in fresh.items()
    }


def typed_texts(form: Form, texts: Texts) -> dict[str, str]:
    """Give what was typed into the sections of a form; anything else is ignored."""
    known = {section.key for section in form.sections}
    return {key: text.replace("\r\n", "\n").strip() for key, text in texts.items() if key in known}


def refuse_incomplete(form: Form, texts: Texts, *, number: str, issuer: str) -> None:
    """Refuse to issue (``document-incomplete``) while a section, the number or the issuer is empty."""
    empty = [section for section in form.sections if not texts.get(section.key, "").strip()]
    if empty:
        names = ("、".join(s.title_zh for s in empty), "; ".join(s.title_en for s in empty))
        raise _incomplete(empty[0].key, f"还没有内容：{names[0]}", f"still empty: {names[1]}")
    for name, text in (("number", number), ("issuer", issuer)):
        if not text.strip():
            raise _incomplete(name, "须填写文号和印发单位", "number and issuer are needed")


def _incomplete(field: str, zh: str, en: str) -> NenghaoError:
    return NenghaoError("document-incomplete", zh, en, field=field, mend_zh="补全后再印发", mend_en="fill it in first")
