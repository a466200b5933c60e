"""LMDI: by hand, exact for any figures, zeros by their limits, both forms consistent."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.accounting.decomposition import Groups, intensity_change, lmdi, log_mean
from nenghao.errors import NenghaoError


def test_two_industries_by_hand() -> None:
    """Cement 60 → 66 tce on 200 → 200, machines 40 → 44 on 800 → 1000: activity 1000 → 1200."""
    found = lmdi(Groups([60, 40], [200, 800]), Groups([66, 44], [200, 1000]))
    weights = [6 / math.log(1.1), 4 / math.log(1.1)]
    activity = sum(weights) * math.log(1.2)
    structure = weights[0] * math.log(1 / 1.2) + weights[1] * math.log((1000 / 1200) / 0.8)
    intensity = weights[0] * math.log(0.33 / 0.3) + weights[1] * math.log(0.044 / 0.05)
    assert (found.activity, found.structure, found.intensity) == pytest.approx((activity, structure, intensity))
    assert found.change == 10
    assert found.group_change.tolist() == pytest.approx([6, 4])


def test_intensity_falls_by_structure_alone() -> None:
    """Nobody became better; the light industry grew."""
    found = intensity_change(Groups([100, 10], [100, 100]), Groups([100, 20], [100, 200]))
    assert found.intensity == pytest.approx(0, abs=1e-12)
    assert found.structure == pytest.approx(found.change) == pytest.approx(120 / 300 - 110 / 200)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # a works opens: its energy is structure; the other's share falls
        (([0, 50], [0, 100]), ([10, 50], [100, 100]), "structure"),
        (([10, 50], [100, 100]), ([0, 50], [0, 100]), "structure"),
        # a works that made its goods without energy starts to use some: intensity
        (([0, 50], [100, 100]), ([10, 50], [100, 100]), "intensity"),
    ],
)
def test_zeros_by_their_limits(before: tuple, after: tuple, expected: str) -> None:
    found = lmdi(Groups(*before), Groups(*after))
    row = dict(zip(("activity", "structure", "intensity"), found.by_group[0], strict=True))
    assert row[expected] == pytest.approx(found.group_change[0])
    small = 1e-30
    near = [
        Groups([max(e, small * (q or 1)) for e, q in zip(*side, strict=True)], [max(q, small) for q in side[1]])
        for side in (before, after)
    ]
    limit = lmdi(*near).by_group[0]
    # the δ of the literature comes near its limit only as 1/ln δ
    assert limit[("activity", "structure", "intensity").index(expected)] == pytest.approx(row[expected], rel=0.05)


def test_all_from_nothing_is_activity() -> None:
    found = lmdi(Groups([0, 0], [0, 0]), Groups([3, 4], [1, 1]))
    assert (found.activity, found.structure, found.intensity, found.activity_factor) == (7, 0, 0, None)


def test_the_mean_near_equality() -> None:
    a, b = np.array([1.0, 1.0, 1e12]), np.array([1 + 1e-15, 1 + 1e-7, 1e12 + 1e-3])
    assert log_mean(a, b).tolist() == pytest.approx(((a + b) / 2).tolist(), rel=1e-14)


@pytest.mark.parametrize("bad", [([1.0], [0.0]), ([math.nan], [1.0]), ([-1.0], [1.0]), ([1.0, 2.0], [1.0])])
def test_what_cannot_be_decomposed_is_refused(bad: tuple[list[float], list[float]]) -> None:
    with pytest.raises(NenghaoError):
        Groups(*bad)


def test_different_groups_are_refused() -> None:
    with pytest.raises(NenghaoError):
        lmdi(Groups([1], [1]), Groups([1, 1], [1, 1]))
    with pytest.raises(NenghaoError):
        intensity_change(Groups([0], [0]), Groups([1], [1]))


FIGURE = st.one_of(st.just(0.0), st.floats(1e-6, 1e9))


@st.composite
def periods(draw: st.DrawFn) -> tuple[Groups, Groups]:
    size = draw(st.integers(1, 8))
    sides = []
    for _ in range(2):
        activity = draw(st.lists(FIGURE, min_size=size, max_size=size))
        sides.append(Groups([draw(FIGURE) if q else 0.0 for q in activity], activity))
    return sides[0], sides[1]


@settings(deadline=None, max_examples=60)
@given(periods())
def test_the_effects_add_up_to_the_change_exactly(sides: tuple[Groups, Groups]) -> None:
    before, after = sides
    found = lmdi(before, after)
    size = max(before.energy.max(), after.energy.max())
    assert found.activity + found.structure + found.intensity == pytest.approx(found.change, abs=1e-9 * size + 1e-12)
    assert found.group_change.tolist() == pytest.approx((after.energy - before.energy).tolist(), abs=1e-9 * size)
    if found.activity_factor and found.structure_factor is not None and found.intensity_factor is not None:
        product = found.activity_factor * found.structure_factor * found.intensity_factor
        ratio = after.energy.sum() / before.energy.sum()
        assert product == pytest.approx(ratio, rel=1e-6)


@settings(deadline=None, max_examples=60)
@given(periods())
def test_turning_time_around_turns_the_signs(sides: tuple[Groups, Groups]) -> None:
    forth, back = lmdi(*sides), lmdi(sides[1], sides[0])
    size = max(sides[0].energy.max(), sides[1].energy.max())
    assert forth.by_group == pytest.approx(-back.by_group, abs=1e-8 * size + 1e-12)


@settings(deadline=None, max_examples=60)
@given(periods())
def test_the_change_of_intensity_adds_up(sides: tuple[Groups, Groups]) -> None:
    if not all(side.activity.sum() for side in sides):
        return
    found = intensity_change(*sides)
    values = [side.energy.sum() / side.activity.sum() for side in sides]
    assert found.structure + found.intensity == pytest.approx(found.change, abs=1e-9 * max(values) + 1e-12)
    assert found.change == pytest.approx(values[1] - values[0], abs=1e-9 * max(values) + 1e-12)
