"""Unified social credit code (统一社会信用代码): its form and check character by GB 32100-2015."""

from __future__ import annotations

import re

from nenghao.errors import NenghaoError

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 characters: digits and capital letters without I, O, S, V, Z (GB 32100-2015, table 1)."""
_FORM = re.compile(f"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")


def check_character(first_17: str) -> str:
    """Give the 18th character: 31 minus the weighted sum modulo 31, weights being powers of 3 (GB 32100-2015 §4).

    >>> check_character("91350100M000100Y4")
    '3'
    """
    total = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(first_17))
    return ALPHABET[-total % 31]


def is_valid(code: str) -> bool:
    """Tell whether a code has the form and the right check character.

    >>> is_valid("91350100M000100Y43"), is_valid("91350100M000100Y44")
    (True, False)
    """
    return bool(_FORM.fullmatch(code)) and check_character(code[:17]) == code[17]


def require_valid(code: str) -> str:
    """Give the code back; refuse a wrong one and name the right last character where the rest has the form."""
    if is_valid(code):
        return code
    if _FORM.fullmatch(code):
        right = check_character(code[:17])
        mend_zh, mend_en = f"第 18 位应为 {right}，核对前 17 位", f"character 18 should be {right}; check the first 17"
    else:
        mend_zh, mend_en = "18 位数字或大写字母（不含 I O S V Z）", "18 digits or capital letters without I O S V Z"
    raise NenghaoError(
        "credit-code", "统一社会信用代码有误", "the unified social credit code is wrong", record=code, field="code",
        mend_zh=mend_zh, mend_en=mend_en,
    )  # fmt: skip
