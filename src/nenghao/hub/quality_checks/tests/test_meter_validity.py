"""Meters out of validity, month by month: lapses that were mended within a month, and days that are still to come."""

from __future__ import annotations

from datetime import date

import pytest

from nenghao.hub.evidence.models import CertificateKind, VerificationCertificate
from nenghao.hub.quality_checks.checking import check_span
from nenghao.hub.registry.models import Meter
from nenghao.readings.quality import findings

from .conftest import NOW


@pytest.fixture
def certify(plants):
    """Give the first plant's meter a certificate."""
    meter = Meter.objects.create(
        enterprise=plants[0].enterprise, manage_code="E-1", name="总表", data_code="00-00-0000-023300-10"
    )

    def certifying(verified_on, valid_until):
        VerificationCertificate.objects.create(
            meter=meter, kind=CertificateKind.VERIFICATION, number=f"{verified_on}", verified_on=verified_on,
            valid_until=valid_until, entered_by="test", entered_at=NOW, first_entered_on=verified_on,
        )  # fmt: skip

    return certifying


def lapses(store, plants, send):
    for day in (date(2026, 1, 5), date(2026, 3, 9)):
        send(plants[0].id, plants[0].plant, day, [240.0], stat_type=1)
    check_span(
        store=store, enterprise_ids=[plants[0].id], start=date(2026, 1, 1), end=date(2026, 3, 11), now=NOW
    )  # fmt: skip
    rows = findings(
        store, enterprise_ids=[plants[0].id], start=date(2026, 1, 1), end=date(2027, 1, 1),
        check_codes=["meter-validity"],
    )  # fmt: skip
    return sorted((row.period_start.date(), row.value) for row in rows)


def test_a_lapse_that_was_mended_within_its_month_is_told_with_its_longest_day(store, plants, send, certify):
    certify(date(2025, 1, 10), date(2026, 1, 9))
    certify(date(2026, 1, 21), date(2027, 1, 20))
    assert lapses(store, plants, send) == [(date(2026, 1, 1), 11.0)]  # from the 10th to the 20th


def test_a_lapse_over_months_grows_until_it_is_mended(store, plants, send, certify):
    certify(date(2025, 1, 10), date(2026, 1, 21))
    certify(date(2026, 2, 4), date(2027, 1, 20))
    assert lapses(store, plants, send) == [(date(2026, 1, 1), 10.0), (date(2026, 2, 1), 13.0)]


def test_a_term_that_runs_out_later_this_month_is_none_yet(store, plants, send, certify):
    certify(date(2025, 3, 20), date(2026, 3, 19))
    assert lapses(store, plants, send) == []
