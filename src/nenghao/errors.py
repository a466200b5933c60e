"""Errors that a person reads: what happened, in which record and field, and what mends it.

Every message exists in Chinese and English. A command prints :meth:`NenghaoError.text` and exits with 2; a page or an
answer on the wire shows one of the two languages; nobody sees a traceback for bad input.

>>> bad = NenghaoError("unit-unknown", "单位不认识", "unit is not known", field="unit", mend_en="use kWh")
>>> print(bad.text("en"))
unit is not known (field unit); use kWh
"""

from __future__ import annotations

from typing import Literal

Language = Literal["zh", "en"]


class NenghaoError(Exception):
    """Bad input: names the record, the field and the mend.

    ``code`` is a stable kebab-case word for programs, ``record`` says which record (a line number, a key), ``field``
    which field of it. Subclass it where a caller must tell kinds apart.
    """

    def __init__(
        self,
        code: str,
        message_zh: str,
        message_en: str,
        *,
        record: str = "",
        field: str = "",
        mend_zh: str = "",
        mend_en: str = "",
    ) -> None:
        super().__init__(message_en)
        self.code, self.message_zh, self.message_en = code, message_zh, message_en
        self.record, self.field = record, field
        self.mend_zh, self.mend_en = mend_zh, mend_en

    def text(self, language: Language = "zh") -> str:
        """Give one line for a person, in the language asked for."""
        if language == "zh":
            where = "，".join(
                p for p in (self.record and f"记录 {self.record}", self.field and f"字段 {self.field}") if p
            )
            return self.message_zh + (f"（{where}）" if where else "") + (f"；{self.mend_zh}" if self.mend_zh else "")
        where = ", ".join(
            p for p in (self.record and f"record {self.record}", self.field and f"field {self.field}") if p
        )
        return self.message_en + (f" ({where})" if where else "") + (f"; {self.mend_en}" if self.mend_en else "")

    def both(self) -> str:
        """Give both languages, Chinese first, for a terminal."""
        return f"{self.text('zh')}\n{self.text('en')}"
