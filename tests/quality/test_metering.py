"""Validity of meters: worked lives, boundary days, and the answer held against one that looks at every day apart."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.quality.flags import Flag
from nenghao.quality.metering import (
    OUT_OF_SERVICE,
    Certificate,
    Change,
    Validity,
    validity_flags,
    validity_on,
    validity_spans,
)

D = date
DAY = timedelta(days=1)


def words(certificates, changes, *days):
    spans = validity_spans(certificates, changes)
    return [validity_on(day, spans).validity.value for day in days]


def test_a_meter_without_any_certificate_is_unknown_and_never_expired():
    assert words([], [], D(1991, 1, 1), D(2026, 11, 21)) == ["unknown", "unknown"]


def test_the_last_day_named_is_still_valid_and_the_next_is_not():
    own = [Certificate(D(2025, 11, 21), D(2026, 11, 20))]
    days = (D(2025, 11, 20), D(2025, 11, 21), D(2026, 11, 20), D(2026, 11, 21))
    assert words(own, [], *days) == ["unknown", "valid", "valid", "expired"]


def test_a_gap_between_two_certificates_is_expired_not_bridged():
    own = [Certificate(D(2024, 1, 10), D(2025, 1, 9)), Certificate(D(2025, 2, 1), D(2026, 1, 31))]
    assert words(own, [], D(2025, 1, 9), D(2025, 1, 10), D(2025, 1, 31), D(2025, 2, 1)) == [
        "valid", "expired", "expired", "valid",
    ]  # fmt: skip


def test_a_failed_test_ends_a_running_term():
    """Looking for any certificate that covers the day would still call the meter valid."""
    own = [Certificate(D(2025, 1, 1), D(2026, 12, 31)), Certificate(D(2026, 3, 1), None, passed=False)]
    assert words(own, [], D(2026, 2, 28), D(2026, 3, 1), D(2026, 12, 31)) == ["valid", "failed", "failed"]


def test_the_newest_certificate_counts_also_when_the_older_would_run_longer():
    own = [Certificate(D(2025, 1, 1), D(2028, 12, 31)), Certificate(D(2026, 1, 1), D(2026, 6, 30))]
    assert words(own, [], D(2026, 6, 30), D(2026, 7, 1)) == ["valid", "expired"]


def test_a_document_outranks_the_dates_of_the_register_of_the_same_day():
    own = [
        Certificate(D(2026, 1, 1), D(2026, 6, 30), rank=1),
        Certificate(D(2026, 1, 1), D(2027, 1, 1)),
    ]
    assert words(own, [], D(2026, 7, 1)) == ["expired"]
    assert words(reversed(own), [], D(2026, 7, 1)) == ["expired"]


def test_a_certificate_of_the_old_meter_says_nothing_of_the_new_one():
    """Reading the newest certificate of the place alone would call the replaced meter valid."""
    own = [Certificate(D(2025, 1, 1), D(2026, 12, 31), serial_number="A1")]
    replaced = [Change(D(2026, 5, 1), serial_number="B2")]
    assert words(own, replaced, D(2026, 4, 30), D(2026, 5, 1)) == ["valid", "unknown"]


def test_the_new_meter_was_tested_before_it_was_installed():
    own = [
        Certificate(D(2025, 1, 1), D(2026, 3, 31), serial_number="A1"),
        Certificate(D(2026, 4, 10), D(2027, 4, 9), serial_number="B2"),
    ]
    replaced = [Change(D(2026, 5, 1), serial_number="B2")]
    assert words(own, replaced, D(2026, 4, 15), D(2026, 5, 1), D(2027, 4, 9), D(2027, 4, 10)) == [
        "expired", "valid", "valid", "expired",
    ]  # fmt: skip


def test_a_replacement_without_serial_number_needs_a_new_certificate():
    own = [Certificate(D(2025, 1, 1), D(2027, 1, 1)), Certificate(D(2026, 5, 3), D(2027, 5, 2))]
    assert words(own, [Change(D(2026, 5, 1))], D(2026, 5, 2), D(2026, 5, 3)) == ["unknown", "valid"]


def test_nothing_stands_there_after_a_removal():
    own = [Certificate(D(2025, 1, 1), D(2027, 1, 1))]
    changes = [Change(D(2026, 6, 1), removed=True), Change(D(2026, 8, 1), serial_number="C")]
    assert words(own, changes, D(2026, 5, 31), D(2026, 6, 1), D(2026, 7, 31), D(2026, 8, 1)) == [
        "valid", "removed", "removed", "unknown",
    ]  # fmt: skip


def test_a_calibration_without_term_proves_nothing_later():
    assert words([Certificate(D(2026, 1, 1), None)], [], D(2026, 1, 1), D(2026, 2, 1)) == ["unknown", "unknown"]


def test_flags():
    assert {v: v.flag for v in Validity} == {
        Validity.VALID: Flag.GOOD, Validity.UNKNOWN: Flag.UNKNOWN, Validity.EXPIRED: Flag.FAIL,
        Validity.FAILED: Flag.FAIL, Validity.REMOVED: Flag.FAIL,
    }  # fmt: skip


days = st.integers(0, 400).map(lambda n: D(2025, 1, 1) + n * DAY)
certificates = st.lists(
    st.builds(
        lambda on, term, passed, rank: Certificate(on, None if term is None else on + term * DAY, passed, rank),
        days, st.none() | st.integers(0, 300), st.booleans(), st.integers(0, 1),
    ),
    max_size=6, unique_by=lambda c: (c.verified_on, c.rank),
)  # fmt: skip


def plain_answer(day, own, changes):
    """One day on its own: the instrument of the day, its newest test, the term of that."""
    before = [c for c in changes if c.on <= day]
    present = max(before, key=lambda c: c.on, default=None)
    if present and present.removed:
        return Validity.REMOVED
    made = [c for c in own if c.verified_on <= day and (present is None or c.verified_on >= present.on)]
    if not made:
        return Validity.UNKNOWN
    newest = max(made, key=lambda c: (c.verified_on, c.rank))
    if not newest.passed:
        return Validity.FAILED
    if newest.valid_until is None:
        return Validity.UNKNOWN
    return Validity.VALID if day <= newest.valid_until else Validity.EXPIRED


@given(certificates, st.lists(st.builds(Change, days, st.booleans()), max_size=3, unique_by=lambda c: c.on), days)
def test_every_day_as_if_it_were_looked_at_alone(own, changes, day):
    spans = validity_spans(own, changes)
    assert validity_on(day, spans).validity is plain_answer(day, own, changes)
    assert [span.start for span in spans] == sorted({span.start for span in spans})


changes_of = st.lists(st.builds(Change, days, st.booleans()), max_size=2, unique_by=lambda c: c.on)


@given(st.lists(st.tuples(certificates, changes_of), max_size=5), days, st.integers(1, 40))
def test_columns_say_what_the_spans_say(lives, start, count):
    flags = validity_flags(lives, start, count)
    assert flags.shape == (len(lives), count)
    for row, life in zip(flags, lives, strict=True):
        spans = validity_spans(*life)
        found = [validity_on(start + place * DAY, spans).validity for place in range(count)]
        assert row.tolist() == [OUT_OF_SERVICE if v is Validity.REMOVED else v.flag for v in found]


@given(certificates, st.randoms())
def test_the_order_of_entry_does_not_matter(own, random):
    shuffled = list(own)
    random.shuffle(shuffled)
    assert validity_spans(own) == validity_spans(shuffled)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar(day):
    assert words([Certificate(D(2026, 1, 1), date.max)], [], day) == [["unknown"], ["valid"]][day == date.max]
