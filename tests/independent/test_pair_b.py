"""Dialect B: the independent gateway against the independent platform."""

import pytest

from . import tables
from .gateway_a import Disagreement
from .gateway_b import YunnanGateway
from .platform_a import serving
from .platform_b import COMPANY, CONFIGURED, YunnanPlatform, record_problems

ENTERPRISE = "91530100MA0000001X"
RECORD = {
    "dataCode": "0000000002330010",
    "dataValue": "12.5",
    "convertRation": "1.229",
    "valid": "1",
    "scope": "1",
    "inputType": "4",
    "statType": "1",
    "statDate": "2026-06-01 00:00:00",
    "uploadDate": "2026-06-02 16:10:00",
}


def enrolled(platform):
    gateway = YunnanGateway(platform.base, ENTERPRISE)
    gateway.rwk()
    gateway.apply()
    gateway.request_ak()
    return gateway


def test_the_whole_order_of_calls():
    with serving(YunnanPlatform(token_calls=9)) as platform:
        gateway = enrolled(platform)
        assert gateway.check_version()["dicVersion"] == "2.3"
        assert gateway.platform_access_url()["enterpriseDataURL"].endswith("/dataEnterpriseEnergy")
        assert len(gateway.public(1, 8, 17)) == 3
        assert [entry["name"] for entry in gateway.data_download(8)] == ["电力"]
        for noun in CONFIGURED:
            body = tables.sample("B", f"{noun}Configure", enterpriseCode=ENTERPRISE)
            index = gateway.configure(noun, "add", body)
            gateway.configure(noun, "update", {**body, "dataIndex": index})
            gateway.configure(noun, "delete", {"dataIndex": index})
        for operation in (*COMPANY, "gaugeReplaceConfigure", "gaugeVerifyConfigure"):
            gateway.tell(operation, tables.sample("B", operation, enterpriseCode=ENTERPRISE))
        gateway.send(**RECORD)
        gateway.send(**RECORD)
        assert platform.problems == []
        assert len(platform.kept) == 1
        assert gateway.token_requests > 1  # the token died on the way and was asked for again


def test_a_wrong_pin_gets_no_token():
    with serving(YunnanPlatform()) as platform:
        gateway = enrolled(platform)
        gateway.pin = "000000"
        with pytest.raises(Disagreement, match="密码错误"):
            gateway.request_ak()


@pytest.mark.parametrize("name", list(RECORD))
def test_every_field_of_a_record_is_asked_for(name):
    whole = {"enterpriseCode": ENTERPRISE, **RECORD}
    assert record_problems(whole) == []
    assert record_problems({key: value for key, value in whole.items() if key != name})
