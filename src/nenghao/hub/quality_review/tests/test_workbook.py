"""A score can be recomputed from its exported workbook: an independent evaluator gives what the page shows."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.urls import reverse

from nenghao.hub.quality_review.formulas import value_formula
from nenghao.hub.quality_review.tests.sample import ALUMINIUM, FIBRE, TYRES
from nenghao.hub.quality_review.tests.spreadsheet import Spreadsheet
from nenghao.quality.scores import Measures, scheme, schemes, score


def opened(client, code, **query):
    answer = client.get(reverse("quality-enterprise", args=[code]), query | {"format": "xlsx"})
    assert answer.status_code == 200
    return Spreadsheet(openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))))


@pytest.mark.parametrize("key", ["provincial", "db53-1116-2022"])
@pytest.mark.parametrize("code", [ALUMINIUM, FIBRE])
def test_the_formulas_give_the_points_of_the_page(sign_in, sample, code, key):
    client, query = sign_in("officer"), {"period": f"{sample.month:%Y-%m}", "scheme": key}
    found = client.get(reverse("quality-enterprise", args=[code]), query).context["found"]
    book = opened(client, code, **query)
    *indices, total = book.rows("评分")
    for row, part in zip(indices, found.scored.score.indices, strict=True):
        assert row[3:6] == [pytest.approx(part.numerator), pytest.approx(part.denominator),
                            "" if part.value is None else pytest.approx(part.value)]  # fmt: skip
        assert row[8:12] == [pytest.approx(x) for x in (part.full_points, part.points, part.lost, part.points)]
    assert total[9] == pytest.approx(found.scored.total) == pytest.approx(total[11])
    assert 0 < found.scored.total < 100


def test_every_measure_is_the_sum_of_its_days(sign_in, sample):
    book = opened(sign_in("smelter"), ALUMINIUM, period=f"{sample.month:%Y-%m}")
    measures = {row[0]: row for row in book.rows("度量")}
    assert [row[0] for row in measures.values() if abs(row[4]) > 1e-9] == []
    days = book.rows("逐日")
    assert measures["records_due"][2] == sum(row[5] for row in days) > 11_000
    assert measures["records_missing"][2] == 12 == sum(row[12] for row in days)
    assert measures["points_due"][2] == 4
    assert measures["plant_tce"][2] > measures["process_tce"][2] > 0
    assert measures["months_compared"][2] == 1


def test_acceptance_is_judged_by_its_thresholds(sign_in, sample):
    client, query = sign_in("officer"), {"period": f"{sample.month:%Y-%m}"}
    found = client.get(reverse("quality-enterprise", args=[ALUMINIUM]), query).context["found"]
    *rows, verdict = opened(client, ALUMINIUM, **query).rows("验收")
    assert [row[7] for row in rows] == [row[8] for row in rows]
    assert {row[7] for row in rows} == {"合格", "不合格"}
    assert verdict[8] == {"pass": "合格", "fail": "不合格", "cannot_judge": "不能判定"}[found.accepted.verdict]


def test_nothing_due_is_not_judged_in_the_workbook_either(sign_in, sample):
    total = opened(sign_in("officer"), TYRES, period=f"{sample.month:%Y-%m}").rows("评分")[-1]
    assert (total[9], total[11]) == ("不能判定", "不能判定")


def test_findings_stand_with_clause_and_edition(sign_in, sample):
    rows = opened(sign_in("officer"), ALUMINIUM, period=f"{sample.month:%Y-%m}").rows("问题")
    spike = next(row for row in rows if row[4] == "突跳")
    assert spike[5] == "不合格"
    assert spike[8] > spike[9] > 0
    assert "424" in spike[10]
    assert spike[11] == "default/1"


@pytest.mark.parametrize("counts", [
    {}, {"records_due": 10, "records_received": 7, "records_good": 5, "records_fail": 2, "days_due": 2},
    {"plant_tce": 10.0, "process_tce": 12.5}, {"plant_tce": 3.0}, {"records_rejected": 3, "records_accepted": 1},
])  # fmt: skip
def test_each_kind_of_index_is_written_as_it_is_computed(counts):
    """Also where a denominator is 0, and whatever an empty index means: every index of every shipped scheme."""
    measures = Measures(**counts)
    for known in schemes():
        for part in score(known, measures).indices:
            book = openpyxl.Workbook()
            sheet = book.active
            sheet.append([part.numerator, part.denominator, value_formula(part.index, "A1", "B1").text])
            shown = Spreadsheet(book).value(sheet.title, 3, 1)
            assert shown == ("" if part.value is None else pytest.approx(part.value)), part.index.code


def test_the_evaluator_is_not_a_yes_man():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([2, 3, "=SUM(A1:B1)*2-1", '=IF(A1>B1,1/0,"no")', '=SUMIFS(A1:B1,A1:B1,">2")', "=-(A1-B1)/2"])
    assert [Spreadsheet(book).value(sheet.title, n, 1) for n in (3, 4, 5, 6)] == [9, "no", 3, 0.5]
    assert scheme("provincial").total == 100
