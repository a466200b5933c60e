"""The life of an entry: entered once, changed as a version, withdrawn with a reason, recorded late or in time."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.http import Http404

from nenghao.errors import NenghaoError
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.evidence.entry import CERTIFICATES, FIGURES, Entered, enter, withdraw
from nenghao.hub.evidence.listings import late_rows
from nenghao.hub.evidence.models import MeterEvent, MeterStanding, MonthlyFigure, VerificationCertificate
from nenghao.hub.evidence.tests.conftest import ACTOR, NOW, TODAY
from nenghao.hub.registry.configuration import put_meters
from nenghao.periods import BEIJING

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)


def coal(plant, quantity, kind="purchase", **options):
    row = {
        "energy_key": "raw_coal", "month": MARCH, "kind": kind, "quantity": quantity, "entered_quantity": quantity,
        "entered_unit": "t", "document": "发票 1",
    }  # fmt: skip
    return enter(**plant.owner, ledger=FIGURES, rows=[row], **options)


def test_the_same_again_changes_nothing(plant):
    assert coal(plant, 100.0) == Entered(1, 0, 0)
    assert coal(plant, 100.0) == Entered(0, 0, 1)
    assert MonthlyFigure.objects.count() == 1


def test_a_change_is_a_version_and_the_old_figure_stays(plant):
    coal(plant, 100.0)
    assert coal(plant, 120.0, reason="发票重开") == Entered(0, 1, 0)
    old, new = MonthlyFigure.objects.order_by("version")
    assert (old.quantity, old.is_current, old.version) == (100.0, False, 1)
    assert (new.quantity, new.is_current, new.version, new.change_reason) == (120.0, True, 2, "发票重开")
    entry = AuditEntry.objects.filter(action="monthly-figure-entered").latest("pk")
    assert (entry.before["quantity"], entry.after["quantity"], entry.reason) == (100.0, 120.0, "发票重开")


def test_going_back_to_an_old_figure_is_a_third_version(plant):
    for quantity in (100.0, 120.0, 100.0):
        coal(plant, quantity)
    assert list(MonthlyFigure.objects.order_by("version").values_list("quantity", flat=True)) == [100.0, 120.0, 100.0]


def test_withdrawing_needs_a_reason_and_keeps_what_was_said(plant):
    coal(plant, 100.0)
    row = MonthlyFigure.objects.get()
    facts = {**plant.owner, "ledger": FIGURES, "row_id": row.pk}
    with pytest.raises(NenghaoError, match="reason"):
        withdraw(**facts, reason=" ")
    withdraw(**facts, reason="重复")
    assert list(MonthlyFigure.objects.order_by("version").values_list("withdrawn", "quantity")) == [
        (False, 100.0), (True, 100.0),
    ]  # fmt: skip
    with pytest.raises(Http404):
        withdraw(**facts, reason="再撤")
    assert coal(plant, 100.0) == Entered(0, 1, 0)  # entered again: a third version, not "unchanged"


def test_nobody_withdraws_an_entry_of_another_enterprise(plant, other):
    coal(other, 5.0)
    with pytest.raises(Http404):
        withdraw(**plant.owner, ledger=FIGURES, row_id=MonthlyFigure.objects.get().pk, reason="x")


def test_the_dates_of_a_gateway_are_kept_when_newer_ones_come(plant):
    """The register holds only the last test: without its own row the year before would turn unknown."""
    rows = [
        {
            "manage_code": "E-1",
            "name": "关口表",
            "verified_on": date(2026, 11, 20),
            "verify_next_on": date(2027, 11, 19),
        }
    ]
    put_meters(**plant.owner, rows=rows)
    kept = VerificationCertificate.objects.filter(meter=plant.meter()).order_by("verified_on")
    assert [(row.verified_on, row.valid_until, row.kind, row.via) for row in kept] == [
        (date(2025, 12, 1), date(2026, 11, 30), "registered", "gateway"),
        (date(2026, 11, 20), date(2027, 11, 19), "registered", "gateway"),
    ]
    assert plant.meter().standing.valid_until == date(2027, 11, 19)


def test_an_unchanged_configuration_writes_nothing(plant):
    before = VerificationCertificate.objects.count()
    put_meters(**plant.owner, rows=[{"manage_code": "E-1", "name": "关口表改名"}])
    assert VerificationCertificate.objects.count() == before


def test_a_gateway_date_in_the_future_is_not_believed(plant):
    rows = [{"manage_code": "E-2", "name": "表", "verified_on": date(2062, 1, 1), "verify_next_on": date(2063, 1, 1)}]
    put_meters(**plant.owner, rows=rows)
    assert plant.meter("E-2").standing.basis == "none"


def test_the_dates_of_a_gateway_cannot_be_withdrawn_here(plant):
    row = VerificationCertificate.objects.get(kind="registered")
    with pytest.raises(NenghaoError, match="gateway"):
        withdraw(**plant.owner, ledger=CERTIFICATES, row_id=row.pk, reason="错")


def test_a_failed_test_and_its_withdrawal_move_the_standing(plant):
    plant.certificate(result="failed", valid_until=None)
    assert MeterStanding.objects.get(meter=plant.meter()).basis == "failed"
    withdraw(**plant.owner, ledger=CERTIFICATES, row_id=VerificationCertificate.objects.latest("pk").pk, reason="误录")
    standing = MeterStanding.objects.get(meter=plant.meter())
    assert (standing.basis, standing.valid_until) == ("passed", date(2026, 11, 30))


def test_three_working_days_skip_the_holidays(plant):
    """Tested on 2026-09-30: 8, 9 and Saturday 10 October are worked. The 10th is in time, the 11th is late."""
    tested = {"verified_on": date(2026, 9, 30), "valid_until": date(2027, 9, 29)}
    plant.certificate(now=datetime(2026, 10, 10, 23, 59, tzinfo=BEIJING), number="A", **tested)
    plant.certificate(now=datetime(2026, 10, 11, 0, 0, tzinfo=BEIJING), number="B", **tested)
    assert {row.record_due_on for row in VerificationCertificate.objects.exclude(kind="registered")} == {
        date(2026, 10, 10)
    }
    assert [row.number for row in late_rows(plant.enterprise)] == ["B"]


def test_a_correction_does_not_make_a_timely_record_late(plant):
    plant.certificate(now=datetime(2026, 11, 19, tzinfo=BEIJING))
    plant.certificate(now=datetime(2026, 12, 19, tzinfo=BEIJING), institution="省计量院")
    assert late_rows(plant.enterprise) == []
    assert VerificationCertificate.objects.get(number="LD-1", is_current=True).first_entered_on == date(2026, 11, 19)


def test_what_was_before_the_enterprise_joined_is_history(plant):
    plant.certificate(number="OLD", verified_on=date(2025, 12, 30), valid_until=date(2026, 12, 29))
    assert late_rows(plant.enterprise) == []


def test_the_day_of_an_event_is_beijings(plant):
    """2026-11-09 17:00 UTC is 1 a.m. of the 10th in Beijing."""
    plant.event(at=datetime.fromisoformat("2026-11-09T17:00:00+00:00"))
    assert MeterEvent.objects.get().happened_on == date(2026, 11, 10)


def test_the_trail_names_a_bulk_by_its_numbers(plant):
    rows = [
        {"energy_key": "raw_coal", "month": date(2026, month, 1), "kind": "purchase", "quantity": 1.0,
         "entered_quantity": 1.0, "entered_unit": "t", "document": ""}
        for month in (1, 2)
    ]  # fmt: skip
    enter(actor=ACTOR, now=NOW, enterprise=plant.enterprise, ledger=FIGURES, rows=rows)
    assert AuditEntry.objects.latest("pk").after == {"created": 2, "changed": 0, "via": "form"}
    assert date(2026, 11, 21) == TODAY
