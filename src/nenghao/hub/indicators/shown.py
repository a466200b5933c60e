"""Indicators as pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from nenghao.accounting.indicators import Definition, pooled
from nenghao.accounting.indicators.evaluating import Pooled
from nenghao.hub.indicators.services import Values, evaluated
from nenghao.hub.indicators.spans import Compared
from nenghao.hub.monitoring.words import page_language, unit_word

COLOUR = "#1668b3"


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator of a place: its value, the one before and a year ago, with how many could be told."""

    definition: Definition
    now: Pooled
    before: Pooled
    year_ago: Pooled
    is_unverified: bool
    name: str = ""
    estimated: tuple[int, ...] = ()

    @property
    def doubt(self) -> str:
        """Why the value is 待核."""
        return doubt_words(self.estimated)

    @property
    def title(self) -> str:
        """The indicator's name, with the product's where it is one's."""
        own = self.definition.title(page_language())
        return f"{self.name} · {own}" if self.name else own

    @property
    def formula(self) -> str:
        """How it is computed."""
        return self.definition.formula(page_language())

    @property
    def change(self) -> float | None:
        """Relative change against the span before [%]."""
        return relative(self.now.value, self.before.value)

    @property
    def year_change(self) -> float | None:
        """Relative change against a year ago [%]."""
        return relative(self.now.value, self.year_ago.value)

    @property
    def note(self) -> str:
        """The definition's note."""
        return self.definition.note_zh if page_language() == "zh" else self.definition.note_en


def doubt_words(estimated: Sequence[int]) -> str:
    """Say why a value is 待核: a grid factor of another year stands in, or a factor is unverified."""
    if not estimated:
        return _("所用系数有待核实")
    return _("估算：外购电力没有当年的电网排放因子，暂用已公布的 %(years)s 年因子；当年因子公布后自动重算") % {
        "years": "、".join(map(str, estimated))
    }  # fmt: skip


def relative(value: float | None, base: float | None) -> float | None:
    """Give the relative change [%]; None without a base."""
    return None if value is None or not base else (value / base - 1) * 100


@dataclass(frozen=True, slots=True)
class Three:
    """Values of three spans: now, before, a year ago."""

    now: Values
    before: Values
    year_ago: Values

    @classmethod
    def of(cls, definitions: Sequence[Definition], loaded: tuple[Any, Any], compared: Compared) -> Three:
        """Compute them from the loaded frames."""
        frame = loaded[0]
        spans = (compared.now(frame), compared.before(frame), compared.year_ago(frame))
        return cls(*(evaluated(definitions, *loaded, span) for span in spans))


def lines(
    definitions: Iterable[Definition], three: Three, compared: Compared, rows: Mapping[str, npt.NDArray[np.intp]]
) -> list[Line]:
    """Give each indicator over some subjects; ``rows`` are the subjects' rows by kind of subject."""
    found = []
    for one in definitions:
        own = rows[one.subject]
        sums = [pooled(one, values.by_key[one.key], own) for values in (three.now, three.before, three.year_ago)]
        months = compared.now(three.now.frame(one))
        doubt = bool(three.now.unverified(one, months)[own].any())
        found.append(
            Line(
                one, sums[0], sums[1], sums[2], doubt, estimated=three.now.estimated_years(one, months) if doubt else ()
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Ranked:
    """One enterprise or product in a ranking."""

    rank: int | None
    name: str
    code: str
    region: str
    industry: str
    value: float | None
    before: float | None
    numerator: float | None
    denominator: float | None
    is_unverified: bool
    is_simulated: bool
    doubt: str = ""

    @property
    def change(self) -> float | None:
        """Relative change against the span before [%]."""
        return relative(self.value, self.before)


def number_or_none(value: float) -> float | None:
    """Give a figure of a column, None for NaN."""
    return None if np.isnan(value) else float(value)


def trend_chart(definition: Definition, loaded: tuple[Any, Any], compared: Compared, rows: Any) -> dict[str, Any]:
    """Draw an indicator of a group over the last twelve months; months that cannot be told are gaps."""
    frame = loaded[1] if definition.subject == "product" else loaded[0]
    months, points = [], []
    for text, columns in compared.trend(frame):
        one = evaluated([definition], *loaded, columns).by_key[definition.key]
        value = pooled(definition, one, rows).value
        months.append(text)
        points.append(None if value is None else round(value, 6))
    series = [
        {
            "name": definition.title(page_language()),
            "color": COLOUR,
            "symbol": "circle",
            "dash": "solid",
            "values": points,
        }
    ]
    return {
        "kind": "lines", "label": _("指标趋势"), "unit": unit_word(definition.unit), "fine": True, "periods": months,
        "series": series if any(point is not None for point in points) else [],
    }  # fmt: skip
