"""Pages of the chain: what goes upward, a platform below and its keys, and a day item by item."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.chain.details import differing
from nenghao.hub.chain.digests import WireItem
from nenghao.hub.chain.models import ForwardedDay, Platform, ReceivedDay
from nenghao.hub.chain.platform_page import PLATFORM_ACTS
from nenghao.hub.chain.platforms import decide_platform

CODE = "00-00-0000-023300-10"


def newest():
    return AuditEntry.objects.order_by("-pk").first()


@pytest.fixture
def above(account, browse):
    """An officer of the province, who stands above the city's platform."""
    return browse(account("officer", "370000"))


def policy(**changed):
    return {"stat_types": ["1", "2"], "realtime_level": "5", "realtime_enterprises": "", "batch_records": "500",
            "reason": "上级要求"} | changed  # fmt: skip


def test_the_policy_is_changed_on_its_page_with_a_reason(yantai, browse):
    client, address = browse(yantai.officer), reverse("chain-policy", args=[yantai.upstream.pk])
    answer = client.post(address, policy(realtime_enterprises=f" {yantai.enterprise.code}\n"), follow=True)
    assert "历史数据将补传" in answer.content.decode()
    yantai.upstream.refresh_from_db()
    got = yantai.upstream
    assert (got.stat_types, got.realtime_level, got.batch_records) == ("12", 5, 500)
    assert got.realtime_enterprises == [yantai.enterprise.code]
    entry = newest()
    assert (entry.action, entry.reason, entry.account_name) == ("upstream-policy", "上级要求", yantai.officer.username)
    assert (entry.before["stat_types"], entry.after["stat_types"]) == ("123", "12")
    page = answer.content.decode()
    assert "上级要求" in page  # in the history beside the form
    assert (
        "没有变化"
        in client.post(address, policy(realtime_enterprises=yantai.enterprise.code), follow=True).content.decode()
    )


@pytest.mark.parametrize(("changed", "words"), [
    ({"reason": "  "}, "请填写理由"), ({"stat_types": []}, "统计类型须为"),
    ({"batch_records": "many"}, "每批记录数须为"),
    ({"realtime_enterprises": "91370600NOBODY"}, "没有这个用能单位"),
])  # fmt: skip
def test_a_wrong_policy_is_refused_and_comes_back_as_typed(yantai, browse, changed, words):
    entries = AuditEntry.objects.count()
    answer = browse(yantai.officer).post(reverse("chain-policy", args=[yantai.upstream.pk]), policy(**changed))
    page = answer.content.decode()
    assert words in page
    assert str(changed.get("realtime_enterprises", "")) in page
    yantai.upstream.refresh_from_db()
    assert yantai.upstream.stat_types == "123"
    assert AuditEntry.objects.count() == entries


def test_an_enterprise_of_another_region_is_not_named_in_a_policy(yantai, jinan, browse):
    typed = policy(realtime_enterprises=jinan.enterprise.code)
    page = browse(yantai.officer).post(reverse("chain-policy", args=[yantai.upstream.pk]), typed).content.decode()
    assert "没有这个用能单位" in page
    assert jinan.enterprise.name not in page


def test_an_officer_above_issues_rotates_and_voids_the_keys_of_a_platform(yantai, above):
    identity = yantai.platform.platform_id
    for action, form, entry in (
        ("issue", {"reason": "首次"}, "platform-sign-key-issued"),
        ("rotate", {"reason": "一年一换", "grace_hours": "24"}, "platform-keys-rotated"),
        ("end-grace", {"reason": "泄露"}, "platform-grace-ended"),
        ("require-signature", {}, "platform-signature-required"),
        ("limit-rates", {"requests_per_minute": "7", "records_per_minute": ""}, "platform-rates-limited"),
    ):
        before = Platform.objects.get(platform_id=identity).sealed_sign_key
        assert above.post(reverse("platform-act", args=[identity, action]), form).status_code == 302
        assert (newest().action, newest().object_key) == (entry, identity)
        assert newest().reason == form.get("reason", "")
        platform = Platform.objects.get(platform_id=identity)
        assert (platform.sealed_sign_key != before) == (action in ("issue", "rotate"))
        assert platform.sign_key not in str(newest().before) + str(newest().after)
        assert platform.has_grace(timezone.now()) == (action == "rotate")
    page = above.get(reverse("platform", args=[identity])).content.decode()
    assert "旧密钥立即作废" in page
    assert platform.sign_key not in page
    assert platform.sealed_sign_key not in page
    decide_platform(actor=Actor.command("test"), now=timezone.now(), platform_id=identity, status="approved")
    above.post(reverse("decide-platform", args=[identity]), {"status": "revoked", "reason": "停用"})
    assert Platform.objects.get(platform_id=identity).status == "revoked"


def test_nobody_acts_on_the_platform_of_the_own_region(yantai, browse):
    client, identity = browse(yantai.officer), yantai.platform.platform_id
    page = client.get(reverse("platform", args=[identity])).content.decode()
    assert "上级地区的主管" in page
    assert "acts/" not in page
    for action in PLATFORM_ACTS:
        assert client.post(reverse("platform-act", args=[identity, action]), {"reason": "x"}).status_code == 403
    assert "open-registration" not in PLATFORM_ACTS


def item(code, stat_type, count, total, place="0", missing=0, estimated=0):
    return WireItem("x", "2026-03-04", code, stat_type, count, missing, estimated, str(total), place)


def test_items_that_differ_by_hand():
    own = [
        item("a", 1, 1, 1_500_000),
        item("b", 0, 96, 24_000_000, "9"),
        item("c", 1, 1, 5),
        item("d", 1, 0, 0, missing=1),
    ]
    theirs = [item("a", 1, 1, 1_000_000), item("b", 0, 96, 24_000_000, "8"), item("c", 1, 1, 5), item("e", 1, 1, 7)]
    assert differing(own, theirs) == [
        ["a", 1, [1, 0, 0, "1500000", "0"], [1, 0, 0, "1000000", "0"]],
        ["b", 0, [96, 0, 0, "24000000", "9"], [96, 0, 0, "24000000", "8"]],
        ["e", 1, [0, 0, 0, "0", "0"], [1, 0, 0, "7", "0"]],
    ]


@pytest.mark.parametrize("side", ["up", "down"])
def test_a_day_is_shown_item_by_item_and_exported(yantai, browse, side):
    model = ForwardedDay if side == "up" else ReceivedDay
    link = f"up-{yantai.upstream.pk}" if side == "up" else f"down-{yantai.platform.pk}"
    day = model.objects.get()
    day.items = differing([item(CODE, 1, 1, 1_500_000)], [item(CODE, 1, 1, 1_250_000)])
    day.items += differing([item(CODE, 0, 2, 5_000_000, "3")], [item(CODE, 0, 2, 5_000_000, "4")])
    day.save()
    client = browse(yantai.officer)
    assert reverse("chain-items", args=[link, yantai.enterprise.code, day.day]) in client.get(
        reverse("chain-reconciliation"), {"link": link, "month": f"{day.day:%Y-%m}"}
    ).content.decode()  # fmt: skip
    address = reverse("chain-items", args=[link, yantai.enterprise.code, day.day])
    page = client.get(address).content.decode()
    assert "芝罘总电" in page
    assert "时刻、数值分布" in page
    assert ("上级已收" if side == "up" else "下级应报") in page
    book = load_workbook(io.BytesIO(b"".join(client.get(address, {"format": "xlsx"}).streaming_content)))
    cells = [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]
    (row,) = [row for row in cells if row and str(row[0]).startswith("芝罘总电") and 0.25 in row]
    assert {1.5, 1.25, "kWh"} <= set(row)
    assert client.get(address.replace(str(day.day), str(day.day + timedelta(days=1)))).status_code == 404
    assert client.get(address.replace(str(day.day), "2026-02-31")).status_code == 404
