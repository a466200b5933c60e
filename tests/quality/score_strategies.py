"""Measures and schemes at random, for the property tests of scores."""

from __future__ import annotations

from hypothesis import strategies as st

from nenghao.quality.measures import Measures
from nenghao.quality.scheme import scheme_from

COUNT = st.integers(0, 300)
POINTS = st.integers(0, 40)
FRACTIONS = [
    (["days_online"], ["days_due"]), (["records_received"], ["records_due"]), (["records_good"], ["records_received"]),
    (["records_received", "-records_by_hand"], ["records_due"]), (["process_tce"], ["plant_tce"]),
    (["points_meter_valid"], ["points_with_meter"]), (["records_fail", "records_suspect"], ["records_received"]),
    (["months_consistent"], ["months_compared"]),
]  # fmt: skip


@st.composite
def measures_of_an_enterprise(draw, *, points=POINTS):
    """Counts that fit together, as the checks would count them."""
    good, unknown, suspect, fail, missing = (draw(COUNT) for _ in range(5))
    received = good + unknown + suspect + fail
    days, months, n = draw(st.integers(0, 31)), draw(st.integers(0, 12)), draw(points)
    metered = draw(st.integers(0, n))
    tce = st.one_of(st.just(0.0), st.floats(0.01, 1e6))
    return Measures(
        days_due=days, days_online=draw(st.integers(0, days)), points_due=n, points_received=draw(st.integers(0, n)),
        points_with_meter=metered, points_meter_valid=draw(st.integers(0, metered)), records_due=received + missing,
        records_received=received, records_on_time=draw(st.integers(0, received)), records_good=good,
        records_unknown=unknown, records_suspect=suspect, records_fail=fail, records_missing=missing,
        records_by_hand=draw(st.integers(0, received)), records_accepted=draw(COUNT), records_rejected=draw(COUNT),
        plant_tce=draw(tce), process_tce=draw(tce), months_compared=months,
        months_consistent=draw(st.integers(0, months)), indicators_required=n,
        indicators_present=draw(st.integers(0, n)),
    )  # fmt: skip


@st.composite
def points_schemes(draw):
    """A scheme of one to six indices of any kind, weight and answer to a denominator of 0."""
    rows = draw(st.lists(st.sampled_from(FRACTIONS), min_size=1, max_size=6))
    indices = [
        {
            "code": f"i{place}", "name_zh": "指标", "name_en": "index", "source": "test", "status": "unverified",
            "kind": draw(st.sampled_from(["ratio", "balance", "share_without"])), "numerator": upper,
            "denominator": lower, "weight": draw(st.floats(0.5, 50)),
            "when_empty": draw(st.sampled_from(["exclude", "zero", "full"])),
        }
        for place, (upper, lower) in enumerate(rows)
    ]  # fmt: skip
    return scheme_from({
        "key": "random", "name_zh": "随机", "name_en": "random", "kind": "points", "status": "unverified",
        "source": "test", "indices": indices, "total": draw(st.sampled_from([100.0, 10.0])),
    })  # fmt: skip
