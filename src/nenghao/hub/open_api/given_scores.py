"""Which month's score was last given to other systems, and since when: a score changes without anything arriving.

A score is computed when it is asked for: the checks, a new edition of the scheme or a certificate may all change it. So
what was given is kept, and a difference is noted with the moment at which it was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from nenghao.hub.corrections.quality import Quality
from nenghao.hub.open_api.models import GivenScore

AT_ONCE = 500


def note_scores(found: Mapping[tuple[int, date], Quality], *, now: datetime, given_at: datetime) -> int:
    """Keep scores that are other than those last given, as changed ``now``; give how many rows were written.

    Keys are (enterprise, first day of the month). What was never given before is kept as of ``given_at``, the mark that
    it goes out with: later pages of the same answer are no change.
    """
    known = {
        (row.enterprise_id, row.month): (row.points, row.scheme)
        for row in GivenScore.objects.filter(
            enterprise__in={pk for pk, _month in found}, month__in={month for _pk, month in found}
        )
    }
    changed = [
        GivenScore(
            enterprise_id=pk,
            month=month,
            points=one.points,
            scheme=one.scheme,
            changed_at=now if (pk, month) in known else given_at,
        )
        for (pk, month), one in found.items()
        if known.get((pk, month)) != (one.points, one.scheme)
    ]
    GivenScore.objects.bulk_create(
        changed, batch_size=AT_ONCE, update_conflicts=True, unique_fields=["enterprise", "month"],
        update_fields=["points", "scheme", "changed_at"],
    )  # fmt: skip
    return len(changed)
