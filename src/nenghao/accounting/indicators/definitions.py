"""Definitions of indicators: a TOML file each, or what an officer made; both are checked the same way."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from nenghao.accounting.indicators.terms import Term, parse_term
from nenghao.errors import Language, NenghaoError

Kind = Literal["total", "ratio", "power_factor"]
"""A sum; numerator ÷ denominator; active ÷ √(active² + reactive²)."""


class Test(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A worked value: facts by name give the value."""

    facts: dict[str, float]
    value: float


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One indicator (指标).

    ``value = factor × Σ numerator ÷ Σ denominator``; a ``total`` has no denominator; a ``power_factor`` has active
    energy above and reactive energy below. ``subject``: whose it is, an enterprise or a product. Of several subjects
    the sums are divided, never the ratios averaged. ``better`` says which direction is good.
    """

    key: Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    title_zh: Annotated[str, Meta(min_length=1, max_length=60)]
    title_en: Annotated[str, Meta(min_length=1, max_length=80)]
    unit: Annotated[str, Meta(max_length=30)]
    numerator: Annotated[tuple[str, ...], Meta(min_length=1)]
    denominator: tuple[str, ...] = ()
    kind: Kind = "ratio"
    subject: Literal["enterprise", "product"] = "enterprise"
    factor: float = 1.0
    better: Literal["lower", "higher", "none"] = "lower"
    decimals: Annotated[int, Meta(ge=0, le=6)] = 2
    source: str = ""
    status: Literal["published", "secondhand", "unverified", "ours"] = "ours"
    note_zh: str = ""
    note_en: str = ""
    test: tuple[Test, ...] = ()

    def title(self, language: Language) -> str:
        """Give the title."""
        return self.title_zh if language == "zh" else self.title_en

    def terms(self, part: Literal["numerator", "denominator"]) -> tuple[Term, ...]:
        """Give the terms of a part."""
        return tuple(parse_term(text) for text in getattr(self, part))

    def formula(self, language: Language) -> str:
        """Say the formula in words."""
        above, below = (_sum_text(self.terms(part), language) for part in ("numerator", "denominator"))
        scale = "" if self.factor == 1 else f"{self.factor:g} × "
        if self.kind == "power_factor":
            return f"{above} ÷ √({above}² + {below}²)"
        return f"{scale}{above} ÷ {below}" if below else f"{scale}{above}"


def _sum_text(terms: tuple[Term, ...], language: Language) -> str:
    parts = [f"{'−' if term.sign < 0 else '+'} {term.text(language)}" for term in terms]
    joined = " ".join(parts).removeprefix("+ ")
    return f"({joined})" if len(terms) > 1 else joined


def definition_from(content: Mapping[str, Any], record: str = "") -> Definition:
    """Read and check a definition; what is wrong is refused with its field."""
    try:
        made = msgspec.convert(dict(content), Definition)
    except msgspec.ValidationError as error:
        raise _refused(record, "indicator-shape", "缺项或类型不对", f"a part is missing or mistyped: {error}") from None
    terms = [*made.terms("numerator"), *made.terms("denominator")]
    if (made.kind == "total") == bool(made.denominator):
        raise _refused(record, "indicator-denominator", "合计没有分母，比值须有分母",
                       "a total has no denominator, a ratio has one")  # fmt: skip
    if made.subject == "enterprise" and any(term.of_product for term in terms):
        raise _refused(record, "indicator-subject", "含产品项的指标须按产品计算", "terms of a product need products")
    return made


def definition_to(definition: Definition) -> dict[str, Any]:
    """Give a definition as it is stored; :func:`definition_from` reads it back equal."""
    return msgspec.to_builtins(definition)


@cache
def shipped() -> tuple[Definition, ...]:
    """Give the definitions that ship with the platform, in the order of their files."""
    folder = files("nenghao.accounting.indicators") / "data"
    names = sorted(one.name for one in folder.iterdir() if one.name.endswith(".toml"))
    return tuple(
        definition_from(tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8")), name) for name in names
    )


def _refused(record: str, code: str, zh: str, en: str) -> NenghaoError:
    return NenghaoError(code, zh, en, record=record, mend_zh="见 docs/indicators.md", mend_en="see docs/indicators.md")
