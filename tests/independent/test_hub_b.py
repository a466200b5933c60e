"""The independent gateway of dialect B drives the real hub: order, token, configuration, one record a request."""

from decimal import Decimal

import pytest

from . import tables
from .gateway_a import Disagreement
from .gateway_b import YunnanGateway
from .platform_b import COMPANY

pytestmark = pytest.mark.xdist_group("live-hub")
ENTERPRISE, REGION = "91530100M000000001", "530100"
POWER, SHOP = "0000000002330010", "0101000002330010"
BODIES = {
    "process": {"processCode": "01", "processName": "合成"},
    "unit": {"unitCode": "01", "unitName": "一号装置", "processCode": "01", "designedCapacity": "100"},
    "device": {
        "deviceName": "压缩机", "deviceNo": "0001", "deviceType": "01", "energyCode": "3300", "energyValue": "500",
        "processUnitCode": "0101", "model": "C-1", "location": "北区",
    },
    "gauge": {
        "meterName": "进线总表", "meterType": "11010000", "meterLevel": "1", "params": "3300", "dataCode": POWER,
        "reportArithmetic": "1", "reportRatio": "1", "manageNo": "001", "alignState": "1", "alignCycle": "12",
        "installer": "1", "linkSys": "1", "currentState": "1", "serNo": "S-1", "barCode": "B-1",
    },
}  # fmt: skip


def item(code, scope, stat_type):
    return tables.sample(
        "B", "dataCollectConfigure", enterpriseCode=ENTERPRISE, collectItemName=f"电力{scope}", dataCode=code,
        processCode=code[:2], processUnitCode=code[2:4], equipmentCode=code[4:6], equipmentUnitCode=code[6:8],
        energyClassCode=code[8:10], energyTypeCode=code[10:14], dataUsageCode=code[14:], inputType="4", scope=scope,
        statType=stat_type, dataValueMax="", dataValueMin="", dataIndex="",
    )  # fmt: skip


def body(noun, **more):
    fixed = {"enterpriseCode": ENTERPRISE, "dataIndex": "", "remark": f"独立核对 {noun}"}
    return tables.sample("B", f"{noun}Configure", **fixed, **BODIES[noun], **more)


def records():
    """24 hours, the day and the month of the plant, and the day of a process unit."""
    for hour in range(24):
        yield POWER, "1", "0", f"2026-06-01 {hour:02d}:00:00", f"{hour * 0.0371:.4f}"
    yield POWER, "1", "1", "2026-06-01 00:00:00", "10.2396"
    yield POWER, "1", "2", "2026-06-01 00:00:00", "307.188"
    yield SHOP, "3", "1", "2026-06-01 00:00:00", "2.4"


APPROVE = f"""
for device in Device.objects.filter(enterprise__code="{ENTERPRISE}", status="pending"):
    decide_device(actor=actor, now=now, device_id=device.device_id, status="approved")
"""


class Driven:
    def __init__(self, hub):
        self.hub, self.answers, self.sent = hub, {}, {}
        self.gateway = YunnanGateway(hub.url, ENTERPRISE)

    def run(self):
        gateway = self.gateway
        gateway.rwk()
        self.public = gateway.public(*tables.dictionary_names())
        self.form_index = gateway.apply(cmpName="独立核对化工厂")
        with pytest.raises(Disagreement):
            gateway.request_ak()
        self.hub.script(APPROVE)
        self.answers["requestAK"] = gateway.request_ak()
        self.answers["checkVersion"] = gateway.check_version()
        self.answers["platformAccessURL"] = gateway.platform_access_url()
        self.dictionary = gateway.data_download(8)
        gateway.update(self.form_index, cmpName="独立核对化工厂")
        self.indexes = {noun: gateway.configure(noun, "add", body(noun)) for noun in BODIES}
        for noun, index in self.indexes.items():
            gateway.configure(noun, "update", {**body(noun), "dataIndex": index})
        spare = gateway.configure("process", "add", {**body("process"), "processCode": "02", "processName": "备用"})
        gateway.configure("process", "delete", {**body("process"), "processCode": "02", "dataIndex": spare})
        for code, scope, stat_types in ((POWER, "1", "012"), (SHOP, "3", "1")):
            for stat_type in stat_types:
                gateway.configure("dataCollect", "add", item(code, scope, stat_type))
        self.tell()
        for _ in range(2):
            self.send()
        gateway.token = "0" * 32  # forgotten by the platform: 401, a new token, and the same again
        self.send()

    def tell(self):
        for operation in COMPANY:
            known = {"enterpriseCode": ENTERPRISE, "dataIndex": "", "passDate": "2020-05-01 00:00:00"}
            known |= {"countYear": "2025", "outputValue": "1000", "addedValue": "300", "salesIncome": "900"}
            known |= {"trainInfo": "2025", "accountType": "1", "energyPass": "1", "phone": "087100000000"}
            fields = {field.name for field in tables.shape("B", operation)}
            chosen = {name: value for name, value in known.items() if name in fields}
            self.gateway.tell(operation, tables.sample("B", operation, **chosen))
        replaced = {"replacedSerno": "S-1", "installSerNo": "S-2", "installTime": "2026-05-01 10:00:00"}
        self.gateway.tell("gaugeReplaceConfigure", body("gauge", **replaced))
        self.gateway.tell("gaugeVerifyConfigure", body("gauge", verifyTime="2026-05-02 10:00:00", verifyOrg="计量院"))

    def send(self):
        for code, scope, stat_type, start, value in records():
            self.gateway.send(
                dataCode=code, dataValue=value, convertRation="1.229", valid="1", scope=scope, inputType="4",
                statType=stat_type, statDate=start, uploadDate="2026-06-02 16:10:00", remark="",
            )  # fmt: skip
            self.sent[f"{code[:2]}-{code[2:4]}-{code[4:8]}-{code[8:14]}-{code[14:]}", int(stat_type), start] = value


@pytest.fixture(scope="module")
def driven(new_hub):
    hub = new_hub()
    hub.command(
        "create-enterprise",
        ENTERPRISE,
        "--name",
        "独立核对化工厂",
        "--region",
        REGION,
        "--industry",
        "C26",
        "--any-code",
    )
    hub.start()
    one = Driven(hub)
    try:
        one.run()
    finally:
        hub.stop()
    return one


def test_what_is_stored_is_what_was_sent(driven):
    kept = {
        (code, kind, str(start)): (value, state, source)
        for _, code, kind, start, value, state, source in driven.hub.readings()
    }
    assert set(kept) == set(driven.sent)
    for key, value in driven.sent.items():
        assert kept[key] == (pytest.approx(float(Decimal(value) * 10_000), rel=1e-15), 0, 4), key


def test_configuration_is_kept_field_by_field(driven):
    rows = {row["data_index"]: row for row in driven.hub.table("yunnan_keptrecord")}
    for noun, index in driven.indexes.items():
        row = rows[index]
        assert row["deleted_at"] is None
        lost = [name for name, value in BODIES[noun].items() if f'"{value}"' not in _text(row["body"])]
        assert lost == [], noun
    told = {row["kind"] for row in rows.values()}
    assert set(COMPANY) | {"gaugeReplaceConfigure", "gaugeVerifyConfigure"} <= told


def _text(stored):
    return stored.encode().decode("unicode_escape") if "\\u" in stored else stored


def test_configuration_is_in_the_registry(driven):
    hub = driven.hub
    # what was deleted stays in the registry, where readings may point at it, and is marked in its own record
    assert {(row["code"], row["name"]) for row in hub.table("registry_process")} == {("01", "合成"), ("02", "备用")}
    assert [row["key"] for row in hub.table("yunnan_keptrecord") if row["deleted_at"]] == ["02"]
    assert {row["name"] for row in hub.table("registry_processunit")} == {"一号装置"}
    assert {row["name"] for row in hub.table("registry_equipment")} == {"压缩机"}
    assert {row["name"] for row in hub.table("registry_meter")} == {"进线总表"}
    items = {row["data_code"]: row["stat_types"] for row in hub.table("registry_dataitem")}
    assert items == {"00-00-0000-023300-10": "012", "01-01-0000-023300-10": "1"}


def test_dictionaries_hold_the_energies(driven):
    assert {"电力", "天然气", "一般烟煤", "昆明市"} <= {entry["name"] for entry in driven.public}
    assert "电力" in {entry["name"] for entry in driven.dictionary}


def test_a_dead_token_is_asked_for_again(driven):
    assert driven.gateway.token_requests == 3  # before approval, after it, and when the token was forgotten
    assert len(driven.answers["requestAK"]["token"]) <= 230
