"""The synthetic province itself: the same from the same seed, consistent in its sums, true to its own truth."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from nenghao.cli.demo.province.blueprints import industries, members
from nenghao.cli.demo.province.faults import KINDS
from nenghao.cli.demo.province.generate import Province, generate
from nenghao.cli.demo.province.load_production import kinds
from nenghao.cli.demo.province.plan import SIMULATED
from nenghao.cli.demo.province.profiles import QUARTERS, day_shapes
from nenghao.cli.demo.province.sent import DAY, MONTH, REALTIME, Sent
from nenghao.cli.demo.province.series import make_series
from nenghao.cli.demo.province.truth import Fault, read_truth, write_truth
from nenghao.cli.demo.province.uploads import Keys, batches
from nenghao.hub.registry.credit_code import is_valid
from nenghao.periods import BEIJING
from nenghao.quality.codes import CHECK_CODES
from nenghao.supervision import quota_book

LAST = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 14, tzinfo=BEIJING)


@pytest.fixture(scope="module")
def province() -> Province:
    return generate(enterprises=12, seed=3, last=LAST, days=150)


def _keys(province: Province) -> dict[str, Keys]:
    return {
        one.enterprise.code: Keys(place, place, 1000 * place + np.arange(len(one.enterprise.items)))
        for place, one in enumerate(province.sent, start=1)
    }


def _bytes(province: Province) -> bytes:
    parts = []
    for batch in batches(province.sent, _keys(province), now=NOW):
        parts.append(f"{batch.received_at} {batch.backlog} {batch.clock_offset_s}".encode())
        parts += [batch.columns[name].tobytes() for name in sorted(batch.columns)]
    return b"".join(parts)


def _sent(province: Province, fault: Fault) -> tuple[Sent, int]:
    one = next(one for one in province.sent if one.enterprise.code == fault.enterprise)
    return one, next((row for row, item in enumerate(one.enterprise.items) if item.data_code == fault.data_code), -1)


def _slots(one: Sent, fault: Fault) -> slice:
    step = {REALTIME: 900, DAY: 86_400}[fault.stat_type]
    zero = one.instant(fault.stat_type, 0)
    start, end = ((np.datetime64(at) - zero) / np.timedelta64(step, "s") for at in (fault.start, fault.end))
    return slice(int(start), int(end))


def test_same_seed_and_day_give_the_same_bytes(province: Province) -> None:
    again = generate(enterprises=12, seed=3, last=LAST, days=150)
    assert again.faults == province.faults
    assert _bytes(again) == _bytes(province)
    other = generate(enterprises=12, seed=4, last=LAST, days=150)
    assert _bytes(other) != _bytes(province)


def test_a_small_province_holds_the_first_enterprises_of_the_full_one() -> None:
    assert sum(industry.count for industry in industries()) == 200
    assert len({industry.key for industry in members(200)}) == len(industries())
    small, larger = (generate(enterprises=count, seed=5, last=LAST, days=30) for count in (2, 5))
    assert small.plan.enterprises == larger.plan.enterprises[:2]
    np.testing.assert_array_equal(small.sent[1].series.day, larger.sent[1].series.day)


def test_everything_says_that_it_is_synthetic(province: Province) -> None:
    for enterprise in province.plan.enterprises:
        assert enterprise.name.startswith("合成")
        assert SIMULATED in enterprise.name
        assert is_valid(enterprise.code)
        assert all(SIMULATED in item.name for item in enterprise.items)
        assert len({item.data_code for item in enterprise.items}) == len(enterprise.items)
    assert generate(enterprises=1, seed=1, last=LAST, days=20).facts["province"] == "370000"


def test_days_are_sums_of_quarters_and_months_of_days(province: Province) -> None:
    for one in province.sent:
        series, rows = one.series, one.enterprise.fine_rows
        days = series.fine.reshape(len(rows), province.plan.fine_days, QUARTERS).sum(axis=2)
        np.testing.assert_allclose(series.day[rows][:, one.fine_first :], days, rtol=1e-9, atol=1e-6)
        for place, (start, end, _) in enumerate(one.months):
            np.testing.assert_allclose(series.month[:, place], series.day[:, start:end].sum(axis=1), atol=1e-5)


def test_a_plant_is_its_processes_and_losses(province: Province) -> None:
    for one in province.sent:
        items = one.enterprise.items
        for energy in {item.energy_key for item in items if item.process}:
            rows = one.enterprise.rows(energy=energy)
            plant = one.series.day[[row for row in rows if items[row].plant]].sum()
            parts = one.series.day[[row for row in rows if items[row].process]].sum()
            assert 0.96 < parts / plant < 1.005, (one.enterprise.name, energy)


def test_a_quarter_hour_is_a_whole_number_of_register_steps(province: Province) -> None:
    one = next(one for one in province.sent if one.enterprise.fine_rows)
    for place, row in enumerate(one.enterprise.fine_rows):
        ticks = one.series.fine[place] / one.enterprise.items[row].resolution
        np.testing.assert_allclose(ticks, np.rint(ticks), atol=1e-6)


@pytest.mark.parametrize("pattern", ["continuous", "shifts", "batches", "flat"])
def test_the_shape_of_every_day_sums_to_one(pattern: str) -> None:
    shapes = day_shapes(pattern, np.random.default_rng(1), 9)
    np.testing.assert_allclose(shapes.sum(axis=1), 1)
    assert (shapes > 0).all()


def test_stops_stand_still_and_are_no_faults() -> None:
    year = generate(enterprises=3, seed=8, last=LAST)
    stops = [(one, stop) for one in year.sent for stop in one.series.activity.stops]
    assert stops
    for one, stop in stops:
        output = one.enterprise.rows(kind="product")[0]
        assert one.series.day[output, stop.start : stop.end].max() == 0
        power = one.enterprise.rows(energy="electricity")[0]
        assert one.series.day[power, stop.start : stop.end].min() > 0  # a plant at rest still has lights


def test_every_check_has_faults_that_it_should_find(province: Province) -> None:
    found = Counter(fault.check_code for fault in province.faults)
    assert set(found) == set(CHECK_CODES)
    for kind in KINDS:
        assert kind.check in CHECK_CODES
        assert set(kind.may_also) <= set(CHECK_CODES)


def test_the_truth_is_what_was_sent(province: Province) -> None:
    """Outside the faults gateways send what the registers showed; inside them something else, or at another time."""
    touched = {REALTIME: {}, DAY: {}}
    for fault in province.faults:
        one, row = _sent(province, fault)
        if fault.stat_type == MONTH or fault.check_code in {"meter-validity", "factor-range"}:
            continue
        span = _slots(one, fault)
        if fault.check_code == "timeliness":
            assert (one.delivered[span] - one.instant(DAY, span.stop) >= np.timedelta64(25, "h")).any()
        elif fault.check_code == "time-alignment":
            assert (np.abs(one.offset_s[span]) >= 65).all()
        elif fault.check_code == "duplicate-conflict":
            again = next(again for again in one.resent if again.row == row and again.slots[0] == span.start)
            assert again.stat_type == fault.stat_type
        else:
            values, truth = (one.day, one.series.day) if fault.stat_type == DAY else (one.fine, one.series.fine)
            place = row if fault.stat_type == DAY else one.place(row) if row >= 0 else -1
            rows = slice(None) if row < 0 else place
            assert not np.array_equal(values[rows, span], truth[rows, span]), fault
            touched[fault.stat_type].setdefault(fault.enterprise, []).append((rows, span))
    for one in province.sent:
        same = one.fine == one.series.fine
        for rows, span in touched[REALTIME].get(one.enterprise.code, []):
            same[rows, span] = True
        for fault in province.faults:  # what a whole plant lost, and meters that count too little
            if fault.enterprise == one.enterprise.code and fault.kind in {"outage", "under-registering"}:
                span = _slots(one, fault)
                same[:, max(0, one.quarter(span.start)) : max(0, one.quarter(span.stop))] = True
        assert same.all(), one.enterprise.name


def test_an_upload_arrives_after_its_day_and_not_from_the_future(province: Province) -> None:
    keys, before = _keys(province), datetime(2026, 11, 10, 3, tzinfo=BEIJING)
    arrived = list(batches(province.sent, keys, now=before))
    times = [batch.received_at for batch in arrived]
    assert times == sorted(times)
    assert times[-1] <= before.replace(tzinfo=None)
    for batch in arrived:
        assert len(batch)
        ends = batch.columns["period_start"].astype("datetime64[s]").max()
        assert ends < np.datetime64(batch.received_at) + np.timedelta64(1, "s")


def test_truth_is_kept_beside_the_data(province: Province, tmp_path) -> None:
    path = write_truth(tmp_path, province.faults, province.facts)
    facts, faults = read_truth(tmp_path)
    assert faults == province.faults
    assert facts["synthetic"] is True
    assert facts["last_day"] == "2026-11-20"
    first = path.read_bytes()
    assert write_truth(tmp_path, province.faults, province.facts).read_bytes() == first


def test_months_are_whole_calendar_months() -> None:
    plan = generate(enterprises=1, seed=1, last=LAST).plan
    assert plan.first == date(2025, 11, 1)
    assert [month for *_, month in plan.months][:2] == [date(2025, 11, 1), date(2025, 12, 1)]
    assert plan.months[-1][2] == date(2026, 10, 1)
    start, end, first = plan.months[3]
    assert plan.first + timedelta(days=start) == first
    assert end - start == 28


def test_series_do_not_depend_on_their_neighbours() -> None:
    province = generate(enterprises=4, seed=9, last=LAST, days=40)
    alone = make_series(province.plan, province.plan.enterprises[3])
    np.testing.assert_array_equal(alone.fine, province.sent[3].series.fine)


def test_products_are_held_against_rows_that_exist() -> None:
    book, today = quota_book(), date(2026, 11, 21)
    assert set(kinds()) == {industry.key for industry in industries()}
    for kind in (one for found in kinds().values() for one in found):
        for product, condition in kind.choices:
            rows = [entry.row for entry in book.in_force(product, today)] if product else []
            assert not product or any(condition in ("", row.condition) for row in rows), (product, condition)
