"""The independent gateway against the independent platform: what one sends the other keeps, and tables bind both."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from . import tables
from .gateway_a import ALL, ALL_BUT_UPLOAD_DATE, NONE, Disagreement, Gateway, Item, Quirks, configuration, instrument
from .platform_a import FOREIGN_DEVICE, NOT_DECIPHERED, Platform, record_problems, serving

ENTERPRISE, REGION = "91370600MA0000001X", "370600"
DAY, NOW = date(2026, 6, 1), datetime(2026, 6, 2, 0, 30)
POWER = Item("00-00-0000-023300-10", tuple(f"{hour / 8:.3f}" for hour in range(24)), "34.500", "34.500")
GAS = Item("00-00-0000-011500-10", ("1.25",) * 24, "30", "30.0")


def enrolled(platform, **gateway):
    client = Gateway(platform.register_url, ENTERPRISE, REGION, encryption=platform.encryption, **gateway)
    client.accepted(client.register())
    return client


@pytest.mark.parametrize("encryption", [NONE, ALL, ALL_BUT_UPLOAD_DATE])
@pytest.mark.parametrize("quirks", [Quirks(), Quirks(extra_fields=True, upper_hex=True, one_post_per_item=True)])
def test_the_whole_order_of_calls(encryption, quirks):
    with serving(Platform(encryption=encryption)) as platform:
        gateway = enrolled(platform, quirks=quirks)
        assert gateway.version_check()["dicVersion"] == "1"
        assert [entry["name"] for entry in gateway.download_base_data()] == ["电力"]
        gateway.accepted(gateway.upload_config(configuration(ENTERPRISE, REGION, [POWER, GAS])))
        gateway.accepted(gateway.upload_metering([instrument(POWER.data_code)]))
        sent = gateway.upload_day([POWER, GAS], DAY, now=NOW)
        again = gateway.upload_day([POWER, GAS], DAY, now=NOW)
        assert platform.problems == []
        assert len(sent) == len(again) == len(platform.kept) == 52
        kept = platform.kept[ENTERPRISE, POWER.data_code, "0", "2026-06-01 07:00:00"]
        assert (kept["dataValue"], kept["valid"]) == ("0.875", "1")
        assert len(gateway.download_data()["data"]) == 52


def test_refusals_are_the_known_ones():
    with serving(Platform(encryption=ALL, approve_at_once=False, optional_urls=False)) as platform:
        gateway = enrolled(platform)
        assert set(gateway.urls) == {"loadDicVersionURL", "centerDataURL", "centerInfoDownloadURL"}
        with pytest.raises(Disagreement, match="refused"):
            gateway.upload_day([POWER], DAY, now=NOW)
        assert platform.kept == {}
        platform.approve()
        stranger = replace(gateway, enterprise_code="91370600MA0000002X")
        assert stranger.upload_energy([])["responseMessage"] == FOREIGN_DEVICE
        plain = replace(gateway, encryption=NONE)
        with pytest.raises(Disagreement, match=NOT_DECIPHERED):
            plain.upload_day([POWER], DAY, now=NOW)


def good_record(**changes):
    given = {"dataCode": POWER.data_code, "dataValue": "1.5", "inputType": "4", "statType": "1", "scope": "1"}
    dates = {"statDate": "2026-06-01 00:00:00", "uploadDate": "2026-06-02 00:30:00", "valid": "1"}
    return {**given, **dates, **changes}


@pytest.mark.parametrize("name", [field.name for field in tables.shape("A", "uploadEnergyData.data[]")])
def test_every_record_field_is_asked_for(name):
    assert record_problems(good_record()) == []
    short = good_record()
    del short[name]
    assert [said for said in record_problems(short) if said.endswith(f"{name}: missing")]


@pytest.mark.parametrize(
    "changes",
    [
        {"statType": "4"},
        {"inputType": 4},
        {"dataValue": True},
        {"dataValue": "nan"},
        {"dataCode": "0000000002330010"},
        {"valid": "yes"},
        {"statDate": "2026-06-01"},
        {"statDate": "2026-06-01 00:00:30"},
        {"statType": "2", "statDate": "2026-06-02 00:00:00"},
        {"scope": "2", "dataCode": "01-01-0000-023300-10"},
    ],
    ids=str,
)
def test_a_wrong_record_is_told(changes):
    assert len(record_problems(good_record(**changes))) == 1
