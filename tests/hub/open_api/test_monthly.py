"""Monthly figures: filed, from readings, closed; and every change of any part is seen by its mark."""

from datetime import date, datetime

import pytest

from nenghao.hub.audit.services import Actor
from nenghao.hub.corrections.closing import close_months
from nenghao.hub.corrections.models import Correction
from nenghao.hub.evidence.models import FigureKind, MonthlyFigure
from nenghao.hub.open_api.models import Feedback
from nenghao.hub.quality_checks.checking import check_span
from nenghao.hub.store import get_store
from nenghao.periods import BEIJING

from .conftest import rows_of, send

ASKED = {"start_month": "2026-02", "end_month": "2026-03"}


def file_figure(enterprise, kind, quantity, month=date(2026, 3, 1), at=None):
    return MonthlyFigure.objects.create(
        enterprise=enterprise, energy_key="raw_coal", month=month, kind=kind, quantity=quantity,
        entered_quantity=quantity, entered_unit="t", entered_by="m", entered_at=at or datetime.now(BEIJING),
    )  # fmt: skip


def test_a_row_puts_filed_measured_and_closed_figures_together(yantai, token_of, call):
    for kind, quantity in ((FigureKind.PURCHASE, 100.0), (FigureKind.CLOSING_STOCK, 0.0)):
        file_figure(yantai.enterprise, kind, quantity)
    send(yantai.enterprise, [1000.0])
    rows = {row["energy_key"]: row for row in rows_of(call(token_of(yantai.officer), "/monthly", **ASKED))}
    coal, power = rows["raw_coal"], rows["electricity"]
    assert (coal["purchase_quantity"], coal["closing_stock_quantity"], coal["opening_stock_quantity"]) == (
        100.0,
        0.0,
        None,
    )
    assert (coal["unit"], coal["consumption_quantity"], coal["state"]) == ("t", None, None)
    assert (power["consumption_quantity"], power["unit"], power["purchase_quantity"]) == (1123.0, "kWh", None)
    assert power["consumption_coal_equivalent_tce"] == pytest.approx(0.138, abs=1e-3)
    assert (power["closed"], power["edition"], power["closed_quantity"]) == (False, None, None)
    assert power["factor_status"] in ("published", "secondhand", "unverified")


def test_a_closed_month_keeps_its_frozen_figures(yantai, token_of, call):
    Correction.objects.all().delete()
    token, actor = token_of(yantai.officer), Actor.command("test")
    mark = call(token, "/monthly", **ASKED).json()["mark"]
    assert call(token, "/monthly", **ASKED, changed_since=mark).json()["rows"] == []
    facts = {"actor": actor, "account": yantai.officer, "store": get_store()}
    close_months(**facts, now=datetime.now(BEIJING), enterprise_ids=[yantai.enterprise.pk], month=date(2026, 3, 1))
    send(yantai.enterprise, [1000.0])
    (row,) = call(token, "/monthly", **ASKED, changed_since=mark).json()["rows"]
    assert (row["closed"], row["edition"], row["closed_quantity"]) == (True, 1, 123.0)
    assert row["consumption_quantity"] == 1123.0
    assert call(token, "/monthly", **ASKED, closed="false").json()["rows"] == []


def test_every_part_that_changes_is_seen(yantai, jinan, account, token_of, call):
    token = token_of(account("officer", "370000"))

    def mark():
        return call(token, "/monthly", **ASKED).json()["mark"]

    before = mark()
    send(jinan.enterprise, [5.0])
    rows = call(token, "/monthly", **ASKED, changed_since=before).json()["rows"]
    assert [(row["enterprise_code"], row["consumption_quantity"]) for row in rows] == [(jinan.enterprise.code, 128.0)]
    before = mark()
    file_figure(yantai.enterprise, FigureKind.PURCHASE, 7.0)
    rows = call(token, "/monthly", **ASKED, changed_since=before).json()["rows"]
    assert {row["enterprise_code"] for row in rows} == {yantai.enterprise.code}
    item = jinan.enterprise.data_items.get()
    before = mark()
    item.counts_in_total = False
    item.save()
    rows = call(token, "/monthly", **ASKED, changed_since=before).json()["rows"]
    assert jinan.enterprise.code in {row["enterprise_code"] for row in rows} or rows == []


def test_a_month_comes_again_when_only_its_score_changed(yantai, jinan, account, token_of, call):
    token = token_of(account("officer", "370000"))
    before = call(token, "/monthly", **ASKED).json()
    assert {row["quality_score_points"] for row in before["rows"]} == {None}
    assert call(token, "/monthly", **ASKED, changed_since=before["mark"]).json()["rows"] == []
    span = {"start": date(2026, 3, 1), "end": date(2026, 4, 1)}
    check_span(store=get_store(), enterprise_ids=[yantai.enterprise.pk], now=datetime.now(BEIJING), **span)
    changed = call(token, "/monthly", **ASKED, changed_since=before["mark"]).json()
    assert {row["enterprise_code"] for row in changed["rows"]} == {yantai.enterprise.code}
    assert all(row["quality_score_points"] is not None for row in changed["rows"])
    assert call(token, "/monthly", **ASKED, changed_since=before["mark"]).json()["rows"] == changed["rows"]
    assert call(token, "/monthly", **ASKED, changed_since=changed["mark"]).json()["rows"] == []


def test_later_pages_are_no_change_of_their_own(yantai, jinan, account, token_of, call):
    token = token_of(account("officer", "370000"))
    first = call(token, "/monthly", **ASKED, limit=1).json()
    assert call(token, "/monthly", **ASKED, limit=1, cursor=first["next_cursor"]).json()["rows"]
    assert call(token, "/monthly", **ASKED, changed_since=first["mark"]).json()["rows"] == []


def test_pages_of_monthly_figures_are_complete(yantai, jinan, account, token_of, call):
    for place in (yantai, jinan):
        for month in (date(2026, 2, 1), date(2026, 3, 1)):
            file_figure(place.enterprise, FigureKind.PURCHASE, 7.0, month=month)
    token = token_of(account("officer", "370000"))
    whole = call(token, "/monthly", **ASKED).json()["rows"]
    found, cursor = [], ""
    for _turn in range(20):
        answer = call(token, "/monthly", **ASKED, limit=1, **({"cursor": cursor} if cursor else {})).json()
        found += answer["rows"]
        cursor = answer["next_cursor"]
        if not cursor:
            break
    assert found == whole
    assert len(found) == 6


def test_a_reported_problem_is_shown_and_answered(yantai, jinan, token_of, call, browse):
    token = token_of(yantai.officer)
    body = {
        "enterprise_code": yantai.enterprise.code, "message": "与电费单不符", "period": "2026-03", "reference": "A-1",
        "energy_key": "electricity", "figure": "consumption_quantity", "our_value": 123.0, "their_value": 100.5,
    }  # fmt: skip
    first = call(token, "/feedback", method="post", body=body)
    assert first.status_code == 201, first.content
    again = call(token, "/feedback", method="post", body=body | {"message": "again"})
    assert again.json()["id"] == first.json()["id"]
    number = first.json()["id"]
    assert (first.json()["state"], first.json()["their_value"]) == ("open", 100.5)
    address = f"/data-access/feedback/{number}/"
    assert "与电费单不符" in browse(yantai.manager).get(address).content.decode()
    assert browse(jinan.officer).get(address).status_code == 404
    assert "与电费单不符" not in browse(jinan.officer).get("/data-access/feedback/").content.decode()
    answer = {"state": "corrected", "answer": "倍率已更正"}
    assert browse(jinan.officer).post(address, answer).status_code == 404
    assert browse(yantai.manager).post(address, answer).status_code == 302
    read = call(token, f"/feedback/{number}").json()
    assert (read["state"], read["answer"]) == ("corrected", "倍率已更正")
    assert rows_of(call(token, "/feedback", state="corrected"))[0]["id"] == number
    foreign = token_of(jinan.officer)
    assert call(foreign, f"/feedback/{number}").status_code == 404
    assert call(foreign, "/feedback", method="post", body=body).status_code == 404
    assert Feedback.objects.count() == 1


@pytest.mark.parametrize("wrong", [
    {"message": " "}, {"message": "x" * 2001}, {"message": "a\0b"}, {"our_value": "NaN"}, {"our_value": 1e300},
    {"enterprise_code": 5}, {"message": None},
])  # fmt: skip
def test_a_report_that_does_not_fit_is_refused(wrong, yantai, token_of, call):
    body = {"enterprise_code": yantai.enterprise.code, "message": "x"} | wrong
    answer = call(token_of(yantai.officer), "/feedback", method="post", body=body)
    assert answer.status_code == 422, answer.content
    assert not Feedback.objects.exists()


def test_scores_of_regions_and_enterprises(yantai, token_of, call):
    send(yantai.enterprise, [1.0])
    token = token_of(yantai.officer)
    (row,) = rows_of(call(token, "/scores", period="2026-03"))
    assert (row["enterprise_code"], row["records_due"], row["score_points"]) == (yantai.enterprise.code, 0, None)
    (region,) = rows_of(call(token, "/scores/regions", period="2026-03"))
    assert (region["region_code"], region["enterprises"], region["mean_score_points"]) == ("370600", 1, None)
