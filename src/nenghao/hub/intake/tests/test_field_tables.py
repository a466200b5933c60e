"""Every field and every enumeration of the tables for dialect A: known, kept, and handed back as it was sent.

The tables are those from which the independent gateway of ``tests/independent`` is written.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenghao.hub.intake.mappings import ENTERPRISE, METER
from nenghao.hub.intake.tests.gateway import CODE, item
from nenghao.hub.registry.models.assets import MeasureState, MeteringLevel
from nenghao.hub.registry.models.collection import Scope as ItemScope
from nenghao.hub.registry.models.enterprise import EnergyConsumeLevel
from nenghao.protocol import messages
from nenghao.protocol.enumerations import InputType, Scope, StatType
from nenghao.reference import library
from nenghao.reference.dictionary import WIRE_ENUMERATIONS

TABLES = Path(__file__).parents[5] / "tests" / "independent" / "tables"
KINDS = {
    "register.request": messages.RegisterRequest, "register.response": messages.RegisterAnswer,
    "versionCheck.request": messages.DeviceRequest, "versionCheck.response": messages.VersionAnswer,
    "uploadEnergyData.request": messages.EnergyUpload, "data[]": messages.EnergyRecord,
    "uploadConfigData.collectItemConfig[]": messages.CollectItemConfig,
    "uploadConfigData.enterprise": messages.EnterpriseInfo, "uploadConfigData.group": messages.GroupInfo,
    "uploadConfigData.process[]": messages.ProcessInfo, "uploadConfigData.processUnit[]": messages.ProcessUnitInfo,
    "uploadMeteringData.<item>": messages.MeteringInfo,
}  # fmt: skip
AUTHORITYS = {"code", "name", "regionCode", "regionName", "industryCode"}
"""Fields of ``enterprise`` that the authority keeps: handed back as it has them, whatever an upload says."""
OURS = {"realtimeMinutes", "mayBeNegative", "active"}
LENIENT = {"uploadDate", "valid"}
"""Always sent by the clients that were seen; the hub also takes a record without them."""


def rows():
    with (TABLES / "fields.csv").open(encoding="utf-8", newline="") as file:
        table = [row for row in csv.DictReader(file) if row["dialect"].startswith("A ")]
    for row in table:
        for name in row["field"].split("/"):
            own = "data[]" if name.strip().startswith("data[].") else row["message"]
            yield own, name.strip().removeprefix("data[]."), row["required_or_always_seen"]


ROWS = sorted(set(rows()))
FIELDS = defaultdict(set)
for _message, _name, _required in ROWS:
    FIELDS[_message].add(_name)


@pytest.mark.parametrize(("message", "name", "required"), ROWS)
def test_every_field_of_the_tables_is_known_to_the_messages(message, name, required):
    known = {info.encode_name: info.required for info in msgspec.structs.fields(KINDS[message])}
    assert name in known
    if required == "Y" and not message.endswith("response") and name not in LENIENT:
        assert known[name]


def test_what_the_hub_answers_has_every_field_that_clients_rely_on(newcomer, settings):
    settings.NENGHAO_PROFILE = "shandong"
    answers = {"register.response": newcomer.register()}
    answers["versionCheck.response"] = newcomer.post("versionCheck", {"deviceId": newcomer.device_id})
    for message, answer in answers.items():
        assert {name for name in FIELDS[message] if not answer.get(name)} == set()


# ---- the round trip -----------------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=10)
days = st.dates().map(lambda day: day.isoformat())
numbers = st.decimals(-180, 180, places=4).map(lambda number: format(number.normalize() + 0, "f"))
flags = st.sampled_from(["true", "false"])


def codes(name):
    return st.sampled_from(sorted({item.code for item in library().enumeration(name)}))


def texts_of(message):
    return dict.fromkeys(FIELDS[message], texts)


OWN = {
    "code": st.just(CODE), "name": st.just("示范钢铁"), "regionCode": st.just("370600"),
    "regionName": st.just("烟台市"), "industryCode": st.just("C31"),
}  # fmt: skip
ENTERPRISES = texts_of("uploadConfigData.enterprise") | OWN | {
    "center": flags, "jgzh": flags, "energyPass": flags, "energyConsumeLevel": codes("energyConsumeLevel"),
    "fieldCode": codes("fieldCode"), "latitude": numbers, "longitude": numbers, "passDate": days,
    "registerDate": days.map(lambda day: f"{day} 00:00:00"), "corporationCode": st.just(CODE),
}  # fmt: skip
GROUPS = texts_of("uploadConfigData.group") | {"name": st.just("集团")}
PROCESSES = texts_of("uploadConfigData.process[]") | {"processCode": st.just("01"), "system": flags}
UNITS = texts_of("uploadConfigData.processUnit[]") | {
    "code": st.just("01"), "processCode": st.just("01"), "processName": st.just(""), "commDate": days,
}  # fmt: skip
METERS = texts_of("uploadMeteringData.<item>") | {
    "manageCode": st.just("M-1"), "meteringLevel": codes("meteringLevel"), "measureState": codes("measureState"),
    "dataCodeCalculate": codes("dataCodeCalculate"), "installOrg": codes("installOrg"),
    "usrSystem": codes("usrSystem"), "dataCode": st.just("00-00-0000-023300-10"),
    **dict.fromkeys(("latelyCalibration", "nextCalibration", "installDate", "measureStateDate"), days),
}  # fmt: skip
PARTS = [
    ("00", "00", "00", "00", "02", "3300", "10", "1"), ("01", "00", "00", "00", "01", "1500", "11", "2"),
    ("01", "02", "00", "00", "08", "0000", "80", "3"), ("01", "02", "10", "03", "03", "0000", "30", "4"),
]  # fmt: skip
PART_NAMES = (
    "processCode", "processUnitCode", "equipmentCode", "equipmentUnitCode", "energyClassCode", "energyTypeCode",
    "dataUsageCode", "scope",
)  # fmt: skip


@st.composite
def collect_items(draw):
    """Rows of several items, each with some of its statistic types, every field of every row by itself."""
    made = []
    for parts in PARTS:
        code = "{}-{}-{}{}-{}{}-{}".format(*parts[:7])
        for stat_type in sorted(draw(st.sets(st.sampled_from("0123"), min_size=1))):
            low, high = sorted([draw(numbers), draw(numbers)], key=float)
            made.append(dict(zip(PART_NAMES, parts, strict=True)) | {
                "statType": stat_type, "inputType": draw(codes("inputType")), "dataCode": code, "code": code,
                "dataValueMin": low, "dataValueMax": high, "name": draw(texts), "collectSystemName": draw(texts),
                "remark": draw(texts),
            })  # fmt: skip
    return made


@st.composite
def configurations(draw):
    enterprise, group, process, unit, meter = (
        draw(st.fixed_dictionaries(fields)) for fields in (ENTERPRISES, GROUPS, PROCESSES, UNITS, METERS)
    )
    feeds = [meter, meter | {"dataCode": "00-00-0000-011500-10", "dataCodeCalculate": "2", "dataCodeRatio": "0.4"}]
    return {
        "enterprise": enterprise, "group": group, "collectItemConfig": draw(collect_items()),
        "process": [process, draw(st.fixed_dictionaries(PROCESSES)) | {"processCode": "99"}],
        "processUnit": [unit, draw(st.fixed_dictionaries(UNITS)) | {"code": "02"}],
        "data": feeds[: draw(st.sampled_from([1, 2]))],
    }  # fmt: skip


@given(configuration=configurations())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_configuration_with_every_field_comes_back_unchanged(newcomer, configuration):
    if not newcomer.device_id:
        newcomer.register()
        newcomer.approve()
    lists = {name: rows for name, rows in configuration.items() if name != "data"}
    for operation, content in (("uploadConfigData", lists), ("uploadMeteringData", {"data": configuration["data"]})):
        answer = newcomer.post(operation, newcomer.signed(**content))
        assert (answer["responseCode"], answer.get("rejected", [])) == ("0", [])
    got = newcomer.post("downloadConfigData", newcomer.signed())
    unit_names = {"processName": configuration["process"][0]["processName"]}
    wanted = configuration | {"processUnit": [unit | unit_names for unit in configuration["processUnit"]]}
    assert {name: plain(got[name]) for name in wanted} == {name: plain(rows) for name, rows in wanted.items()}


def plain(sent):
    """Give rows in one order, without our own fields."""
    if isinstance(sent, dict):
        return sent
    own = [{name: text for name, text in row.items() if name not in OURS} for row in sent]
    return sorted(own, key=lambda row: sorted(row.items()))


def test_the_round_trip_asks_for_every_field():
    with_all = {
        "uploadConfigData.enterprise": ENTERPRISES, "uploadConfigData.group": GROUPS,
        "uploadConfigData.process[]": PROCESSES, "uploadConfigData.processUnit[]": UNITS,
        "uploadMeteringData.<item>": METERS,
    }  # fmt: skip
    for message, fields in with_all.items():
        assert set(fields) == FIELDS[message]
    sent = {"statType", "inputType", "dataCode", "code", "dataValueMin", "dataValueMax", "name", "collectSystemName",
            "remark", *PART_NAMES}  # fmt: skip
    assert sent == FIELDS["uploadConfigData.collectItemConfig[]"]
    columns = {name for mapping in (ENTERPRISE, METER) for name in mapping.fields}
    asked = FIELDS["uploadConfigData.enterprise"] | FIELDS["uploadMeteringData.<item>"]
    assert asked - columns == AUTHORITYS


def test_what_the_authority_keeps_is_handed_back_as_it_has_it(gateway):
    theirs = {
        "code": CODE, "name": "自称", "regionCode": "110101", "regionName": "东城区", "industryCode": "A01",
        "typeCode": "110", "typeName": "国有企业", "center": "1", "corporationCode": CODE, "jgzh": "0",
        "energyConsumeLevel": "6", "latitude": "37.50", "longitude": "121", "phone": "1",
        "registerDate": "2001-02-03 04:05:06",
    }  # fmt: skip
    assert (
        gateway.configure(enterprise=theirs, process=[{"processCode": "00", "processName": "全厂"}])["responseCode"]
        == "0"
    )
    got = gateway.post("downloadConfigData", gateway.signed())
    told = {name: got["enterprise"][name] for name in sorted(AUTHORITYS)}
    assert told == {
        "code": CODE, "industryCode": "C31", "name": "示范钢铁", "regionCode": "370600", "regionName": "烟台市",
    }  # fmt: skip
    written = {name: got["enterprise"][name] for name in ("center", "jgzh", "latitude", "longitude", "registerDate")}
    assert written == {
        "center": "true", "jgzh": "false", "latitude": "37.5", "longitude": "121", "registerDate": "2001-02-03 00:00:00"
    }  # fmt: skip
    assert "process" not in got  # 00 is the whole plant, not a process


def test_limits_are_those_of_the_shortest_type_in_whatever_order_the_rows_come(gateway):
    from nenghao.hub.registry.models import DataItem

    day = item(stat_type="1", dataValueMax="96", name="日", inputType="5")
    realtime = item(stat_type="0", dataValueMax="1", name="实时", realtimeMinutes="60")
    for rows_sent in ((day, realtime), (realtime, day)):
        gateway.configure(*rows_sent)
        kept = DataItem.objects.get()
        assert (kept.stat_types, kept.value_max, kept.name, kept.input_type, kept.realtime_minutes) == (
            "01", 1.0, "实时", 4, 60
        )  # fmt: skip
    back = gateway.post("downloadConfigData", gateway.signed())["collectItemConfig"]
    assert [(row["statType"], row["dataValueMax"], row["name"], row.get("realtimeMinutes")) for row in back] == [
        ("0", "1", "实时", "60"), ("1", "96", "日", None),
    ]  # fmt: skip


def test_rows_of_one_item_must_agree_on_its_scope(gateway):
    answer = gateway.configure(item(), item(stat_type="1", scope="4"), item(stat_type="2"))
    assert [(r["index"], r["code"]) for r in answer["rejected"]] == [(1, "scope-mismatch")]


# ---- enumerations -------------------------------------------------------------------------------------------------


def enumerations():
    lists = defaultdict(set)
    with (TABLES / "enumerations.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            lists[row["list"]].add(row["code"])
    return lists


def test_every_enumeration_of_the_tables_is_the_programs():
    lists = enumerations()
    ours = {
        "statType": StatType, "scope": Scope, "inputType": InputType, "energyConsumeLevel": EnergyConsumeLevel,
        "meteringLevel": MeteringLevel, "measureState": MeasureState,
    }  # fmt: skip
    for name, kind in ours.items():
        assert {str(int(member)) for member in kind} == lists[name]
    assert {int(member) for member in ItemScope} == {int(member) for member in Scope}
    for name in WIRE_ENUMERATIONS:
        of_table = lists["valid (practice)" if name == "valid" else name]
        assert {member.code for member in library().enumeration(name)} == of_table
    usages = {member.code for member in library().enumeration("dataUsageCode")}
    assert usages == {"10", "30", "11", "21", "60", "80"}  # all that was ever seen, most without a name


def test_every_code_is_taken_and_a_foreign_one_is_refused(gateway):
    lists = enumerations()
    for name, foreign in (("inputType", "8"), ("statType", "4")):
        sent = [item("011500", stat_type="0") | {name: code} for code in sorted(lists[name])]
        assert "rejected" not in gateway.configure(*sent)
        assert gateway.configure(item("011500") | {name: foreign})["responseCode"] == "1"
    meter = {"meteringName": "x", "manageCode": "M-1"}
    for name in ("meteringLevel", "measureState", "dataCodeCalculate", "installOrg", "usrSystem"):
        sent = [meter | {name: code} for code in sorted(lists[name])]
        assert "rejected" not in gateway.post("uploadMeteringData", gateway.signed(data=sent))
    for name in ("meteringLevel", "measureState"):
        assert gateway.post("uploadMeteringData", gateway.signed(data=[meter | {name: "9"}]))["responseCode"] == "1"
