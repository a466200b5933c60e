"""How models of equipment are written, brought to one form: width, case, dashes, blanks, brackets, O and zero.

>>> models_in("ｙ２—１６０ｍ－４")
('Y2-160M-4',)
>>> models_in("离心泵 IS80-65-160/Y160M-4")
('IS80-65-160', 'Y160M-4')
"""

from __future__ import annotations

import re
import unicodedata

_DASHES = re.compile("[‐‑‒–—―−─ー﹣－~～_]+")
"""What people type for a dash."""
_BRACKETED = re.compile(r"\([^()]*\)")
_OPTIONAL_LETTER = re.compile(r"\(B\)(?=8)")
_WORDS = re.compile(r"型号|系列|规格|[型式]")
_BLANKS = re.compile(r"(?<=[0-9A-Z.])\s+(?=[0-9A-Z])")
_PARTS = re.compile(r"[^0-9A-Z./\-]+|/(?=[A-Z]{1,4}\d*-?\d+[SML]|[A-Z]{2,})")
_LETTER_O = re.compile(r"(?<![A-Z0-9])(B?J[DHJRZ]?|ZZJ)0(?=[23]|-|$)")
_MOTOR_SERIES = re.compile(r"^(YB?)-?([23]-)?(\d{2,3})-?([SML])(\d?)-?(2|4|6|8|10|12)(?![0-9])")
_MOTOR_UNDASHED = re.compile(r"^(YB?)([23])(\d{3})(?=[SML])")


def normal(text: str) -> str:
    """Give a written model in the form that the catalogue's models and patterns are in.

    Upper case and half width, one kind of dash, no remarks in brackets, ``JO2`` with the letter, the sign of
    multiplication as X, and motors of the Y family as the catalogue prints them (``YB160M-4`` → ``YB-160M-4``).

    >>> normal("Ｊ０２－５１－４"), normal("yb160m4"), normal("Y-160M-4"), normal("SG(B)8-500/10")
    ('JO2-51-4', 'YB-160M-4', 'Y160M-4', 'SGB8-500/10')
    """
    return _series(_joined(plain(text)))


def plain(text: str) -> str:
    """Bring a cell to half width, upper case and one kind of dash; brackets and blanks stay."""
    told = unicodedata.normalize("NFKC", text).upper().replace("【", "(").replace("】", ")")
    return _OPTIONAL_LETTER.sub("B", re.sub("[×*]", "X", _DASHES.sub("-", told)))


def _joined(told: str) -> str:
    """Leave out remarks in brackets and words, and put dashes where blanks stand between parts of a model."""
    told = _BLANKS.sub("-", _WORDS.sub("-", _BRACKETED.sub(" ", told)).strip())
    told = re.sub(r"\s*([-/.])\s*", r"\1", told)
    return re.sub("-{2,}", "-", told).strip(" -/.")


def _series(told: str) -> str:
    return _motor(_LETTER_O.sub(r"\1O", told))


def _motor(told: str) -> str:
    """Write a motor of the Y family as the catalogue does: ``Y160M-4``, but ``Y2-160M-4`` and ``YB-160M-4``.

    Without a dash, four digits hold the generation (``Y2160M`` is Y2-160M), three are the frame (``Y280M``).
    """
    undashed = _MOTOR_UNDASHED.match(told)
    if undashed:
        told = f"{undashed[1]}{undashed[2]}-{told[undashed.end(2) :]}"
    found = _MOTOR_SERIES.match(told)
    if found is None:
        return told
    series, generation, frame, length, core, poles = found.groups()
    head = f"{series}{generation}" if generation else series if series == "Y" else f"{series}-"
    return f"{head}{frame}{length}{core}-{poles}{told[found.end() :]}"


def models_in(text: str) -> tuple[str, ...]:
    """Give the models that a cell names, each in its normal form; ``IS80-65-160/Y160M-4`` are a pump and its motor."""
    told = plain(text)
    cells = (told, *(inner[1:-1] for inner in _BRACKETED.findall(told)))
    parts = (_series(part.strip("-/.")) for cell in cells for part in _PARTS.split(_joined(cell)))
    return tuple(dict.fromkeys(part for part in parts if part))


def heads(model: str) -> tuple[tuple[str, str], ...]:
    """Give every beginning of a normal model that ends where a part ends, longest first, with what comes behind.

    >>> heads("S9-500/10")
    (('S9-500/10', ''), ('S9-500', '/10'), ('S9', '-500/10'))
    """
    ends = [place for place in range(1, len(model)) if _is_border(model, place)]
    return ((model, ""), *((model[:end], model[end:]) for end in reversed(ends)))


def _is_border(model: str, place: int) -> bool:
    before, after = model[place - 1], model[place]
    return before.isalnum() and (not after.isalnum() or (before.isdigit() and after.isalpha()))
