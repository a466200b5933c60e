"""Which scheme a page uses: the one in the URL, of the editions in force in the region."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from nenghao.errors import NenghaoError
from nenghao.hub.monitoring.span import Span
from nenghao.hub.quality_rules.services import schemes_for
from nenghao.quality.scores import Scheme

DEFAULT = "provincial"

ACCEPTANCE = "acceptance-2019"
"""Key of the scheme whose verdict stands beside every score."""


def last_day(span: Span) -> date:
    """Give the day whose edition a span is judged by: its last."""
    return (span.end - timedelta(days=1)).date()


def point_schemes(region_path: str, span: Span) -> Sequence[Scheme]:
    """Give the schemes that can be ranked by, in the order of their keys; a verdict has no order."""
    return [known for known in schemes_for(region_path, last_day(span)) if known.kind == "points"]


def acceptance_scheme(region_path: str, span: Span) -> Scheme:
    """Give the edition of the acceptance rule that is in force."""
    return next(known for known in schemes_for(region_path, last_day(span)) if known.key == ACCEPTANCE)


def chosen_scheme(text: str, known: Sequence[Scheme]) -> Scheme:
    """Give the scheme named in the URL, the provincial one where none is named; ``scheme-unknown`` for another word."""
    found = next((one for one in known if one.key == (text or DEFAULT)), None)
    if found is None and not text and known:
        return known[0]
    if found is None:
        raise NenghaoError(
            "scheme-unknown", f"没有这个评分方案: {text[:40]}", f"there is no such scoring scheme: {text[:40]}",
            field="scheme", mend_zh="可用: " + "、".join(one.key for one in known),
            mend_en="known: " + ", ".join(one.key for one in known),
        )  # fmt: skip
    return found
