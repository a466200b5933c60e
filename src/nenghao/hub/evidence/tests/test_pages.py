"""The pages: what they count, list and link, who may enter, what is kept when an entry is refused."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from nenghao.hub.evidence.fit import fit_rates, missing_places
from nenghao.hub.evidence.models import MeterEvent, MonthlyFigure, VerificationCertificate
from nenghao.hub.evidence.states import State, counts, expiry_months
from nenghao.hub.evidence.tests.conftest import TODAY, Plant
from nenghao.hub.registry.models import Enterprise, Meter

pytestmark = pytest.mark.django_db
ALL = Enterprise.objects.all()


def own(plant):
    return Enterprise.objects.filter(pk=plant.enterprise.pk)


def page(name, plant, *more):
    return reverse(name, args=[plant.enterprise.code, *more])


@pytest.mark.parametrize(
    ("until", "state"),
    [
        (date(2026, 11, 20), State.EXPIRED), (date(2026, 11, 21), State.EXPIRING), (date(2027, 2, 19), State.EXPIRING),
        (date(2027, 2, 20), State.VALID),
    ],
)  # fmt: skip
def test_states_at_their_borders(plant, until, state):
    """Today is 2026-11-21: a term that ends today still runs; the 90th day from now is 2027-02-19."""
    plant.certificate(verified_on=date(2026, 1, 6), valid_until=until)
    assert counts(own(plant), TODAY).by_state == {state: 1, State.UNKNOWN: 1}


def test_counts_and_months(plant, other):
    other.certificate(verified_on=date(2026, 2, 1), valid_until=date(2027, 1, 31))
    found = counts(ALL, TODAY)
    assert found.by_state == {State.EXPIRING: 2, State.UNKNOWN: 2}
    assert (found.in_service, found.in_validity, found.ratio) == (4, 2, 0.5)
    months = {str(entry.month): entry.meters for entry in expiry_months(ALL, TODAY)}
    assert (len(months), months["2026-11-01"], months["2027-01-01"], months["2027-10-01"]) == (12, 1, 1, 0)


def test_a_class_that_no_kind_of_user_may_have_is_too_poor(plant):
    Meter.objects.filter(pk=plant.meter().pk).update(accuracy_class="3.0")
    plant.certificate()
    assert counts(own(plant), TODAY).poor_class == 1


def test_fit_rates_count_places(plant):
    """Electricity: plant 1 of 1, process 1 of 1; coal 0 of 1; of two motors only the one from 100 kW on is due."""
    plant.motor("01", 100.0)
    plant.motor("02", 99.9)
    found = {(fit.energy_key, fit.level): (fit.equipped, fit.due, fit.meets) for fit in fit_rates(own(plant))}
    assert found == {
        ("electricity", "entering_unit"): (1, 1, True), ("electricity", "sub_unit"): (1, 1, True),
        ("electricity", "equipment"): (0, 1, False), ("raw_coal", "entering_unit"): (0, 1, False),
    }  # fmt: skip
    assert [(place.level, place.energy_key, place.place) for place in missing_places(plant.enterprise)] == [
        ("entering_unit", "raw_coal", "全厂"), ("equipment", "electricity", "0101 01号风机"),
    ]  # fmt: skip


def test_two_meters_at_one_place_are_one_place(plant):
    Meter.objects.create(enterprise=plant.enterprise, manage_code="E-3", name="备用", data_code=plant.item().data_code)
    plant.certificate("E-3", number="Z")
    fits = {(fit.energy_key, fit.level): fit for fit in fit_rates(own(plant))}
    assert fits["electricity", "entering_unit"].equipped == 1


def test_a_removed_meter_leaves_its_place_empty(plant):
    plant.event(kind="removal", initial_register=None)
    assert fit_rates(own(plant))[0].equipped == 0
    assert counts(own(plant), TODAY).by_state == {State.OUT: 1, State.UNKNOWN: 1}


def test_the_region_page_lists_its_own_and_sorts_by_urgency(plant, other, browse):
    client = browse("officer", "370612")
    text = client.get("/evidence/").content.decode()
    assert "凭证1厂" in text
    assert "凭证2厂" not in text
    assert text.index("E-1") < text.index("E-2")  # what expires soon stands before what has no certificate
    assert "待核" in text
    province = browse("officer", "370000").get("/evidence/?region=000000/370000/370200/").content.decode()
    assert "凭证2厂" in province
    assert "凭证1厂" not in province


def test_filters_and_the_workbook(plant, browse):
    client = browse("officer", "370612")
    by_month = client.get("/evidence/?month=2026-11").content.decode()
    assert "E-1" in by_month
    assert "E-2" not in by_month
    assert "E-1" not in client.get("/evidence/?state=unknown").content.decode()
    file = client.get("/evidence/?format=xlsx&state=expiring")
    sheet = load_workbook(io.BytesIO(b"".join(file.streaming_content))).worksheets[0]
    assert [(row[0].value, row[1].value) for row in list(sheet.iter_rows())[1:]] == [("凭证1厂", "E-1")]


def test_an_enterprise_is_led_to_its_own_page(plant, browse):
    client = browse("energy_manager", plant.enterprise)
    assert client.get("/evidence/").url == page("evidence-enterprise", plant)
    assert client.get(page("evidence-enterprise", plant)).status_code == 200


@pytest.mark.parametrize("name", ["evidence-enterprise", "figures"])
def test_a_plant_sees_nothing_of_another(plant, other, browse, name):
    client = browse("energy_manager", other.enterprise)
    assert client.get(page(name, plant)).status_code == 404
    assert client.get(page("meter", plant, "E-1")).status_code == 404
    assert client.post(page("meter", plant, "E-1"), {"form": "certificate"}).status_code == 404
    assert client.post(page("evidence-import", plant, "figures")).status_code == 404


CERTIFICATE = {
    "form": "certificate", "kind": "verification", "number": "LD-2026-9", "verified_on": "2026-11-18",
    "valid_until": "2027-11-17", "result": "passed", "institution": "烟台市计量所",
}  # fmt: skip


def test_entering_a_certificate_on_the_card(plant, browse):
    client = browse("energy_manager", plant.enterprise)
    answer = client.post(page("meter", plant, "E-1"), CERTIFICATE, follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain
    assert "LD-2026-9" in text
    assert "2027-11-17" in text
    assert plant.meter().standing.valid_until == date(2027, 11, 17)
    row = VerificationCertificate.objects.get(number="LD-2026-9")
    client.post(page("meter", plant, "E-1"),
                {"form": "withdraw", "ledger": "certificate", "row": row.pk, "reason": "误录"})  # fmt: skip
    assert plant.meter().standing.valid_until == date(2026, 11, 30)
    assert "误录" in client.get(page("meter", plant, "E-1")).content.decode()


def test_a_meter_of_the_form_cannot_be_another_one(plant, browse):
    """The page's meter counts, whatever a forged form says."""
    client = browse("energy_manager", plant.enterprise)
    client.post(page("meter", plant, "E-1"), CERTIFICATE | {"meter": "E-2"})
    row = VerificationCertificate.objects.filter(number="LD-2026-9")
    assert [entry.meter.manage_code for entry in row] in ([], ["E-1"])


def test_a_refused_entry_keeps_what_was_typed(plant, browse):
    client = browse("officer", "370612")
    text = client.post(page("meter", plant, "E-1"), CERTIFICATE | {"valid_until": "2026-11-01"}).content.decode()
    assert "早于检定日期" in text
    assert 'value="LD-2026-9"' in text
    assert "烟台市计量所" in text
    assert not VerificationCertificate.objects.filter(number="LD-2026-9").exists()


@pytest.mark.parametrize("role", ["operator", "institution"])
def test_others_may_not_enter(plant, browse, role):
    client = browse(role, "370612")
    assert client.post(page("figures", plant), {"form": "figure"}).status_code in (403, 404)
    assert client.post(page("meter", plant, "E-1"), CERTIFICATE).status_code in (403, 404)
    file = SimpleUploadedFile("f.csv", "能源品种,月份,类别,数量\n原煤,2026-03,购进量,1\n".encode())
    assert client.post(page("evidence-import", plant, "figures"), {"file": file}).status_code in (403, 404)
    assert not MonthlyFigure.objects.exists()


def test_entering_an_event_in_beijing_time(plant, browse):
    client = browse("officer", "370612")
    client.post(page("meter", plant, "E-1"), {
        "form": "event", "kind": "replacement", "at": "2026-11-20T00:30", "final_register": "900.5",
        "initial_register": "0", "serial_number": "B-77", "reason": "到期",
    })  # fmt: skip
    event = MeterEvent.objects.get()
    assert (event.at.isoformat(), event.happened_on) in (
        ("2026-11-19T16:30:00+00:00", date(2026, 11, 20)), ("2026-11-20T00:30:00+08:00", date(2026, 11, 20)),
    )  # fmt: skip
    assert "B-77" in client.get(page("meter", plant, "E-1")).content.decode()


def test_figures_show_their_unit_versions_and_workbook(plant, browse):
    client = browse("energy_manager", plant.enterprise)
    figure = {"form": "figure", "energy": "electricity", "month": "2026-10", "kind": "supplier", "unit": "万kWh"}
    for quantity in ("12.5", "12.75"):
        client.post(page("figures", plant), figure | {"quantity": quantity, "change_reason": "账单更正"})
    text = client.get(page("figures", plant)).content.decode()
    assert "127,500" in text
    assert "125,000" in text  # the earlier version, one click away
    assert "账单更正" in text
    file = client.get(page("figures", plant) + "?format=xlsx")
    sheet = load_workbook(io.BytesIO(b"".join(file.streaming_content))).worksheets[0]
    assert sheet["D2"].value == 127_500
    assert "12.75 万kWh" in [cell.value for cell in sheet[2]]


def test_the_import_page_reports_row_by_row(plant, browse):
    client = browse("officer", "370600")
    address = page("evidence-import", plant, "figures")
    text = "能源品种,月份,类别,数量\n原煤,2026-03,购进量,1\n原煤,2026-99,购进量,1\n"
    answer = client.post(address, {"file": SimpleUploadedFile("f.csv", text.encode())}).content.decode()
    assert "新增 1" in answer
    assert "2026-99" in answer
    assert client.post(address, {"file": SimpleUploadedFile("f.csv", b"a,b\n")}).status_code == 400
    assert client.post(address).status_code == 400
    assert client.get(address + "?template").content[:2] == b"PK"
    assert client.get(page("evidence-import", plant, "nothing")).status_code == 404


def test_a_management_number_may_hold_a_slash(plant, browse):
    Meter.objects.create(enterprise=plant.enterprise, manage_code="1#/A 表", name="斜杠")
    answer = browse("officer", "370612").get(page("meter", plant, "1#/A 表"))
    assert answer.status_code == 200
    assert "斜杠" in answer.content.decode()


def test_a_registry_filled_past_its_services_is_caught_up(plant, browse):
    Meter.objects.create(
        enterprise=plant.enterprise, manage_code="N-1", name="新表", verified_on=date(2026, 1, 1),
        verify_next_on=date(2026, 6, 30),
    )  # fmt: skip
    text = browse("officer", "370612").get("/evidence/?state=expired").content.decode()
    assert "N-1" in text


def test_english(plant, browse):
    client = browse("energy_manager", plant.enterprise)
    client.post(reverse("set_language"), {"language": "en"})
    words = {page("evidence-enterprise", plant): "Fit rates", page("meter", plant, "E-1"): "Valid until 2026-11-30",
             page("figures", plant): "No monthly figures yet"}  # fmt: skip
    for address, word in words.items():
        assert word in client.get(address).content.decode()


def test_the_pages_take_no_more_queries_for_more_meters(plant, browse):
    client = browse("officer", "370612")

    def count(address):
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    addresses = ("/evidence/", page("evidence-enterprise", plant), page("meter", plant, "E-1"))
    few = [count(address) for address in addresses]
    for number in range(30, 36):
        Plant("370612", number).certificate()
    for number in range(6):
        plant.certificate(number=f"N{number}")
    assert [count(address) for address in addresses] == few
