"""What may stand in a cell: texts as people type them, kept in one plain spelling, and what formulas see of them.

Numbers are kept as decimal texts of at most :data:`DIGITS` significant digits, which a spreadsheet holds exactly too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from nenghao.errors import NenghaoError
from nenghao.reference import library
from nenghao.reporting.characters import NOT_IN_WORKBOOKS
from nenghao.reporting.statements.definitions import Field
from nenghao.reporting.statements.expressions import Value
from nenghao.reporting.statements.problems import plain
from nenghao.units import conversion_factor

DIGITS = 15
MOST = Decimal(10) ** 15
DECIMALS = 10
TEXT_LENGTH = 200
LONG_TEXT_LENGTH = 5000
YES = {"1": "1", "是": "1", "yes": "1", "true": "1", "y": "1", "0": "0", "否": "0", "no": "0", "false": "0", "n": "0"}
TOTAL_ENERGY = "comprehensive_energy"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?")


def canonical(field: Field, text: str) -> str:
    """Give a typed text in its one spelling; ``cell-bad`` says what may stand there.

    >>> canonical(Field("n", "数", "number", "number"), " 1,200.50 ")
    '1200.5'
    """
    text = unicodedata.normalize("NFC", NOT_IN_WORKBOOKS.sub("", text)).replace("\r\n", "\n").replace("\r", "\n")
    text = text.strip()
    if not text:
        return ""
    return _READERS.get(field.type, _text)(field, text)


def value_of(field: Field, kept: str) -> Value:
    """Give what formulas see of a kept text; ``None`` for a blank one and for one that is not well-formed."""
    if not kept:
        return None
    try:
        kept = canonical(field, kept)
    except NenghaoError:
        return None
    if field.type in ("number", "integer", "year"):
        return Decimal(kept)
    return kept == "1" if field.type == "bool" else kept


def bad_cell(field: Field, text: str, zh: str, en: str) -> NenghaoError:
    """Make the refusal of a text."""
    return NenghaoError(
        "cell-bad", f"「{text[:40]}」填不进{field.zh}", f"“{text[:40]}” does not fit {field.en}", field=field.key,
        mend_zh=zh, mend_en=en,
    )  # fmt: skip


def _number(field: Field, text: str) -> str:
    compact = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    try:
        number = Decimal(compact) if _NUMBER.fullmatch(compact) else None
    except InvalidOperation:
        number = None
    if number is None:
        raise bad_cell(field, text, "填数字，如 1234.56", "type a number such as 1234.56")
    number = number.normalize()
    if abs(number) >= MOST or len(number.as_tuple().digits) > DIGITS or int(number.as_tuple().exponent) < -DECIMALS:
        raise bad_cell(field, text, f"最多 {DIGITS} 位有效数字、{DECIMALS} 位小数",
                       f"at most {DIGITS} significant digits and {DECIMALS} decimals")  # fmt: skip
    if number < 0 and not field.signed:
        raise bad_cell(field, text, "不能为负", "it cannot be negative")
    return plain(number, DECIMALS) if number else "0"


def _integer(field: Field, text: str) -> str:
    kept = _number(field, text)
    if "." in kept:
        raise bad_cell(field, text, "填整数", "type a whole number")
    if field.type == "year" and not 1900 <= int(kept) <= 2099:
        raise bad_cell(field, text, "填四位年份，如 2026", "type a year such as 2026")
    return kept


def _date(field: Field, text: str) -> str:
    found = _DATE.fullmatch(unicodedata.normalize("NFKC", text))
    try:
        return date(*map(int, found.groups())).isoformat() if found else date.fromisoformat(text).isoformat()
    except ValueError as wrong:
        raise bad_cell(field, text, "写成 2026-11-20", "write it as 2026-11-20") from wrong


def _one_of(field: Field, text: str, words: dict[str, str]) -> str:
    if text not in words:
        some = "、".join(list(dict.fromkeys(word for word, key in words.items() if word != key))[:8])
        raise bad_cell(field, text, f"填其中一项：{some}…", f"choose one of: {some}…")
    return words[text]


def _bool(field: Field, text: str) -> str:
    return _one_of(field, text.lower(), YES)


def _choice(field: Field, text: str) -> str:
    return _one_of(field, text, _choices(field))


def _energy(field: Field, text: str) -> str:
    return _one_of(field, text, energy_words())


def _choices(field: Field) -> dict[str, str]:
    return {word: one.key for one in field.choices for word in (one.zh, one.en, one.key)}


@lru_cache(maxsize=1)
def energy_words() -> dict[str, str]:
    """Give the energies that statements know, by name in both languages and by key."""
    kinds = [one for one in library().energy_types() if one.class_code in ("01", "02", "") and one.key != TOTAL_ENERGY]
    return {word: one.key for one in kinds for word in (one.key, one.name_en, one.name_zh)}


def energy_keys() -> list[str]:
    """Give the energies that statements know, in the order of the national dictionary."""
    return list(dict.fromkeys(energy_words().values()))


def _text(field: Field, text: str) -> str:
    most = LONG_TEXT_LENGTH if field.type == "long_text" else TEXT_LENGTH
    if len(text) > most:
        raise bad_cell(field, text, f"最多 {most} 个字", f"at most {most} characters")
    return text if field.type == "long_text" else " ".join(text.split("\n"))


_READERS: Mapping[str, Callable[[Field, str], str]] = {
    "number": _number, "integer": _integer, "year": _integer, "date": _date, "bool": _bool, "choice": _choice,
    "energy": _energy,
}  # fmt: skip


def shown(field: Field, kept: str, language: str = "zh") -> str:
    """Give a kept text as people read it: names for keys, 是 or 否; what is not well-formed as it was typed."""
    if field.type == "bool" and kept in ("0", "1"):
        return {"zh": ("否", "是"), "en": ("No", "Yes")}[language][int(kept)]
    if field.type == "choice":
        return next((one.zh if language == "zh" else one.en for one in field.choices if one.key == kept), kept)
    if field.type == "energy" and kept in energy_words():
        one = library().energy_type(kept)
        return one.name_zh if language == "zh" else one.name_en
    return kept


def looked_up(what: str, energy_key: str, on: date) -> str:
    """Give what the reference says of a row's energy: its code, its unit, its factor [tce per that unit]."""
    if energy_key not in energy_words():
        return ""
    kind = library().energy_type(energy_key)
    if what == "energy_unit":
        return kind.wire_unit
    if what == "energy_code":  # 01 原煤 and 14 发生炉煤气 are printed; the national dictionary has 0100 and 1400
        return kind.type_code[:2] if kind.type_code.endswith("00") else kind.type_code
    factor = reference_factor(energy_key, on)
    return "" if factor is None else plain(factor, DECIMALS)


@lru_cache(maxsize=2000)
def reference_factor(energy_key: str, on: date) -> Decimal | None:
    """Give the table's coal-equivalent factor [tce per unit of the form] that is in force; ``None`` without one."""
    kind = library().energy_type(energy_key)
    try:
        factor = library().coal_equivalent_factor(energy_key, on)
    except NenghaoError:
        return None
    size = Decimal(repr(conversion_factor(kind.wire_unit, kind.base_unit)))
    return (Decimal(repr(factor.value)) * size / 1000).normalize()
