"""Which data items make up the total: the rule, an officer's choice, and that the choice lasts."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.errors import NenghaoError
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.configuration import put_data_items
from nenghao.hub.registry.models import DataItem
from nenghao.hub.registry.totals import choose_total, counting_codes, with_totals

NOW = datetime(2026, 3, 4, tzinfo=ZoneInfo("UTC"))
ACTOR = Actor.command("test")
MAIN, SECOND = "00-00-0000-023300-10", "00-00-0000-023300-11"
BASE = {
    "energy_key": "electricity", "class_code": "02", "type_code": "3300", "scope": 1, "wire_unit": "万kWh",
    "base_unit": "kWh", "wire_to_base": 10000.0,
}  # fmt: skip


def configure(enterprise, *usages):
    """Put a configuration upload's items, as the intake does."""
    rows = [BASE | {"data_code": f"00-00-0000-023300-{u}", "usage_code": u, "name": u} for u in usages]
    put_data_items(actor=ACTOR, now=NOW, enterprise=enterprise, rows=with_totals(enterprise, rows))


def counted(enterprise):
    return set(enterprise.data_items.filter(counts_in_total=True).values_list("data_code", flat=True))


def choose(enterprise, code, counts, reason="总表不计"):
    return choose_total(actor=ACTOR, now=NOW, enterprise=enterprise, data_code=code, counts=counts, reason=reason)


def test_a_choice_outlasts_configuration_uploads(yantai):
    enterprise = yantai.enterprise
    configure(enterprise, "10", "11")
    assert counted(enterprise) == {MAIN}
    choose(enterprise, SECOND, True)
    assert counted(enterprise) == {SECOND}
    configure(enterprise, "10", "11", "12")
    configure(enterprise, "11")
    assert counted(enterprise) == {SECOND}
    choose(enterprise, SECOND, False)
    assert counted(enterprise) == {MAIN}
    choose(enterprise, MAIN, False)
    configure(enterprise, "10", "11", "12")
    assert counted(enterprise) == {"00-00-0000-023300-12"}
    choose(enterprise, MAIN, None)
    assert counted(enterprise) == {MAIN}
    assert AuditEntry.objects.filter(action="total-chosen", reason="总表不计").count() == 4


def test_a_choice_reaches_the_store(yantai, store):
    from nenghao.hub.registry import sync

    choose(yantai.enterprise, MAIN, False)
    sync.refresh()
    with store._connection.cursor() as cursor:
        assert cursor.execute("SELECT counts_in_total FROM data_item").fetchall() == [(False,)]


def test_choices_that_are_refused(yantai):
    DataItem.objects.create(
        enterprise=yantai.enterprise, data_code="00-00-0000-080000-10", class_code="08", type_code="0000",
        usage_code="10", name="效率",
    )  # fmt: skip
    for code, counts, reason, problem in (
        ("00-00-0000-080000-10", True, "x", "item-not-energy"), ("99", True, "x", "item-unknown"),
        (MAIN, True, " ", "reason-missing"),
    ):  # fmt: skip
        with pytest.raises(NenghaoError) as refused:
            choose(yantai.enterprise, code, counts, reason)
        assert refused.value.code == problem
    assert counted(yantai.enterprise) == {MAIN}


def test_officers_choose_on_the_page_and_enterprises_do_not(yantai, jinan, browse):
    path = f"/enterprises/{yantai.enterprise.code}/data-items/{MAIN}/total/"
    page = f"/enterprises/{yantai.enterprise.code}/registry/data-items/"
    assert browse(yantai.manager).post(path, {"counts": "no", "reason": "x"}).status_code == 403
    assert browse(jinan.officer).post(path, {"counts": "no", "reason": "x"}).status_code in (403, 404)
    assert counted(yantai.enterprise) == {MAIN}
    officer = browse(yantai.officer)
    assert "请填写理由" in officer.post(path, {"counts": "no", "reason": ""}, follow=True).content.decode()
    answer = officer.post(path, {"counts": "no", "reason": "分表相加"}, follow=True)
    assert "人工指定" in answer.content.decode()
    assert counted(yantai.enterprise) == set()
    assert path not in browse(yantai.manager).get(page).content.decode()


ITEMS = st.lists(
    st.fixed_dictionaries({
        "data_code": st.from_regex(r"[0-9]{4}", fullmatch=True),
        "energy_key": st.sampled_from(["", "electricity", "heat"]),
        "class_code": st.sampled_from(["02", "03", "08"]), "usage_code": st.sampled_from(["10", "11", "30"]),
        "scope": st.integers(1, 4), "counts_by_choice": st.sampled_from([None, None, True, False]),
    }),
    unique_by=lambda item: item["data_code"], max_size=12,
)  # fmt: skip


@given(ITEMS)
def test_choices_are_kept_and_the_rule_never_counts_an_energy_twice(items):
    counting = counting_codes(items)
    for energy in {item["energy_key"] for item in items}:
        own = [item for item in items if item["energy_key"] == energy]
        chosen = {item["data_code"] for item in own if item["counts_by_choice"]}
        got = {item["data_code"] for item in own} & counting
        assert got == chosen if chosen else len(got) <= 1
        assert not got & {item["data_code"] for item in own if item["counts_by_choice"] is False}
