"""Template tags of the evidence pages: the headline numbers and the names of levels."""

from __future__ import annotations

from typing import Any

from django import template

from nenghao.hub.evidence.fit import level_name
from nenghao.hub.evidence.formats import exact
from nenghao.hub.evidence.states import Counts, State

register = template.Library()
register.filter("level_name", level_name)
register.filter("exact", exact)


@register.inclusion_tag("evidence/headline.html")
def headline(counts: Counts, expiring_days: int) -> dict[str, Any]:
    """Draw the four numbers at the top."""
    return {
        "counts": counts, "expiring_days": expiring_days, "expiring": counts.of(State.EXPIRING),
        "expired": counts.of(State.EXPIRED), "failed": counts.of(State.FAILED), "unknown": counts.of(State.UNKNOWN),
        "bad": counts.of(State.EXPIRED) + counts.of(State.FAILED),
    }  # fmt: skip
