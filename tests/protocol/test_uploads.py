"""From bytes to columns: nothing good is lost, nothing bad gets in, every refusal says why."""

import json
import math
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.periods import BEIJING
from nenghao.protocol import (
    EnergyRecord,
    ItemRule,
    MessageError,
    Profile,
    StatType,
    base_value,
    build_energy_upload,
    check_records,
    decode_upload,
    decrypt_upload,
    wire_text,
)
from nenghao.protocol.checks import CLOCK_TOLERANCE
from nenghao.protocol.rejections import catalogue

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=BEIJING)
KEY, OTHER_KEY = "0123456789abcdeffedcba9876543210", "fedcba98765432100123456789abcdef"
CODE, HOURLY, SIGNED = "00-00-0000-023300-10", "00-00-0000-023200-10", "00-00-0000-090100-10"
RULES = {
    CODE: ItemRule(item_id=1, scope=1, factor=1e4),
    HOURLY: ItemRule(item_id=2, scope=1, realtime_s=3600),
    SIGNED: ItemRule(item_id=3, scope=1, may_be_negative=True),
}
GOOD = {
    "dataCode": CODE, "dataValue": "0.012345", "inputType": "4", "statType": "0", "statDate": "2026-03-04 00:15:00",
    "uploadDate": "2026-03-05 00:00:00", "scope": "1", "valid": "1",
}  # fmt: skip
NATIONAL, SHANDONG = Profile.load("national"), Profile.load("shandong")


def body(*rows, **extra):
    return json.dumps({"deviceId": "d", "enterpriseCode": "e", "data": list(rows)} | extra).encode()


def checked(raw, profile=NATIONAL, key=""):
    upload = decode_upload(raw)
    decrypt_upload(upload, profile, key)
    found = check_records(upload.records, RULES, now=NOW, profile=profile)
    return found, upload.rejections + found.rejections


def only_reason(row):
    """The one rejection of a bad record that travels between two good ones, which must both be kept."""
    other = GOOD | {"statDate": "2026-03-04 00:30:00"}
    found, rejections = checked(body(GOOD, row, other, {**other, "statDate": "2026-03-04 00:45:00"}))
    assert len(found.item_id) == 3
    assert [rejection.index for rejection in rejections] == [1]
    return rejections[0]


def test_a_good_record_becomes_a_row_in_base_units():
    found, rejections = checked(body(GOOD))
    assert rejections == []
    assert found.value.tolist() == [123.45]
    assert found.period_start.tolist() == [datetime(2026, 3, 4, 0, 15)]
    assert (found.item_id[0], found.stat_type[0], found.state[0], found.input_type[0]) == (1, 0, 0, 4)


@pytest.mark.parametrize(("stat_type", "sent", "taken", "offset_s"), [
    ("0", "2026-03-04 00:15:00", datetime(2026, 3, 4, 0, 15), 0),
    ("0", "2026-03-04 00:16:00", datetime(2026, 3, 4, 0, 15), 60),
    ("0", "2026-03-03 23:59:00", datetime(2026, 3, 4), -60),
    ("1", "2026-03-04 00:00:00", datetime(2026, 3, 4), 0),
    ("1", "2026-03-04 00:10:00", datetime(2026, 3, 4), 600),
    ("1", "2026-03-03 23:59:20", datetime(2026, 3, 4), -40),
    ("2", "2026-03-02 00:00:00", datetime(2026, 3, 1), 86_400),
    ("2", "2026-02-27 12:00:00", datetime(2026, 3, 1), -129_600),
    ("3", "2026-01-01 00:00:00", datetime(2026, 1, 1), 0),
])  # fmt: skip
def test_a_start_near_its_period_is_taken_and_the_distance_kept(stat_type, sent, taken, offset_s):
    found, rejections = checked(body(GOOD | {"statType": stat_type, "statDate": sent}))
    assert rejections == []
    assert found.period_start.tolist() == [taken]
    assert found.start_offset_s.tolist() == [offset_s]


@pytest.mark.parametrize("change", [
    {"dataValue": 0.012345}, {"statType": 0, "inputType": 4, "scope": 1, "valid": 1}, {"valid": True},
    {"valid": "true"}, {"valid": "True"}, {"state": None}, {"state": "measured"}, {"uploadDate": None},
    {"id": 7, "status": {"a": [1]}, "deviceId": "entity fields of a client"},
])  # fmt: skip
def test_what_clients_also_send_is_the_same(change):
    found, rejections = checked(body(GOOD | change))
    assert rejections == []
    assert found.value.tolist() == [123.45]


@pytest.mark.parametrize(("change", "code", "field"), [
    ({"dataCode": "nonsense"}, "data-code-malformed", "dataCode"),
    ({"dataCode": "00-00-0000-029900-10"}, "data-code-unknown", "dataCode"),
    ({"dataCode": 7}, "field-type", "dataCode"),
    ({"dataCode": "\ud800\x00"}, "data-code-malformed", "dataCode"),
    ({"dataValue": "twelve"}, "value-not-number", "dataValue"),
    ({"dataValue": ""}, "value-not-number", "dataValue"),
    ({"dataValue": None}, "value-not-number", "dataValue"),
    ({"dataValue": "1_000"}, "value-not-number", "dataValue"),
    ({"dataValue": "１２"}, "value-not-number", "dataValue"),
    ({"dataValue": [1]}, "field-type", "dataValue"),
    ({"dataValue": True}, "field-type", "dataValue"),
    ({"dataValue": "NaN"}, "value-not-finite", "dataValue"),
    ({"dataValue": "-Infinity"}, "value-not-finite", "dataValue"),
    ({"dataValue": float("nan")}, "value-not-finite", "dataValue"),
    ({"dataValue": float("inf")}, "value-not-finite", "dataValue"),
    ({"dataValue": "1e308"}, "value-not-finite", "dataValue"),
    ({"dataValue": 10**400}, "value-not-finite", "dataValue"),
    ({"dataValue": "9" * 100_000}, "value-not-number", "dataValue"),
    ({"dataValue": "-1"}, "value-negative", "dataValue"),
    ({"statType": "4"}, "stat-type-unknown", "statType"),
    ({"statType": True}, "field-type", "statType"),
    ({"statType": {}}, "field-type", "statType"),
    ({"scope": "9"}, "scope-unknown", "scope"),
    ({"scope": "2"}, "scope-mismatch", "scope"),
    ({"inputType": "8"}, "input-type-unknown", "inputType"),
    ({"valid": "yes"}, "valid-unknown", "valid"),
    ({"state": "good"}, "state-unknown", "state"),
    ({"statDate": "2026/03/04 00:15:00"}, "stat-date-malformed", "statDate"),
    ({"statDate": "2026-03-04T00:15:00"}, "stat-date-malformed", "statDate"),
    ({"statDate": "2026-02-30 00:00:00"}, "stat-date-malformed", "statDate"),
    ({"statDate": "2026-03-04"}, "stat-date-malformed", "statDate"),
    ({"statDate": 20260304}, "field-type", "statDate"),
    ({"statDate": "2026-03-04 00:10:00"}, "stat-date-misaligned", "statDate"),
    ({"statDate": "2026-03-04 00:16:01"}, "stat-date-misaligned", "statDate"),
    ({"dataCode": HOURLY}, "stat-date-misaligned", "statDate"),
    ({"statType": "1"}, "stat-date-misaligned", "statDate"),
    ({"statType": "1", "statDate": "2026-03-04 00:10:01"}, "stat-date-misaligned", "statDate"),
    ({"statType": "2", "statDate": "2026-03-03 00:00:01"}, "stat-date-misaligned", "statDate"),
    ({"statType": "3", "statDate": "2026-02-01 00:00:00"}, "stat-date-misaligned", "statDate"),
    ({"statDate": "2026-03-05 09:15:00"}, "stat-date-future", "statDate"),
    ({"statDate": "9999-12-31 23:45:00"}, "stat-date-future", "statDate"),
    ({"statDate": "1999-12-31 23:45:00"}, "stat-date-too-old", "statDate"),
    ({"statDate": "0001-01-01 00:00:00"}, "stat-date-too-old", "statDate"),
])  # fmt: skip
def test_a_bad_record_is_refused_and_its_neighbours_are_kept(change, code, field):
    reason = only_reason(GOOD | change)
    assert (reason.code, reason.field) == (code, field)
    assert reason.message_zh and reason.message_en and reason.mend_zh and reason.mend_en
    json.dumps(reason.message_zh).encode()
    assert "\x00" not in reason.data_code


@pytest.mark.parametrize("name", [name for name in GOOD if name not in ("uploadDate", "valid")])
def test_a_missing_field_is_named(name):
    reason = only_reason({key: value for key, value in GOOD.items() if key != name})
    assert (reason.code, reason.field) == ("field-missing", name)


@pytest.mark.parametrize("row", [None, 1, "text", [], [GOOD]])
def test_a_record_that_is_no_object(row):
    assert only_reason(row).code == "record-not-object"


def test_a_moment_within_the_clock_tolerance_is_not_the_future():
    late = NOW.replace(minute=10) - CLOCK_TOLERANCE - timedelta(seconds=1)
    upload = decode_upload(body(GOOD | {"statDate": "2026-03-05 09:15:00"}))
    assert check_records(upload.records, RULES, now=late, profile=NATIONAL).rejections
    just = NOW.replace(minute=15) - CLOCK_TOLERANCE
    assert not check_records(upload.records, RULES, now=just, profile=NATIONAL).rejections


def test_items_that_may_be_negative():
    assert checked(body(GOOD | {"dataCode": SIGNED, "dataValue": "-1.5"}))[0].value.tolist() == [-1.5]


@pytest.mark.parametrize("change", [
    {"valid": "0"}, {"valid": False}, {"valid": 0, "dataValue": None}, {"state": "missing"},
    {"valid": "0", "state": "measured"}, {"valid": "0", "dataValue": "NaN"},
])  # fmt: skip
def test_what_is_not_valid_is_missing_and_never_zero(change):
    found, rejections = checked(body(GOOD | change))
    assert rejections == []
    assert found.state.tolist() == [2]
    assert math.isnan(found.value[0])


def test_in_one_batch_the_last_of_a_key_counts_and_the_others_are_reported():
    found, rejections = checked(body(GOOD, GOOD | {"dataValue": "1"}, GOOD | {"dataValue": "2"}))
    assert found.value.tolist() == [20000.0]
    assert [(r.index, r.code) for r in rejections] == [(0, "duplicate-in-batch"), (1, "duplicate-in-batch")]


@pytest.mark.parametrize(("raw", "code"), [
    (b"", "json-malformed"), (b"{", "json-malformed"), (b"[]", "message-type"), (b"null", "message-type"),
    ("能耗".encode("gbk"), "body-not-utf8"), (b'{"deviceId":"\xff"}', "body-not-utf8"),
    (b"{}", "field-missing"), (b'{"data":[]}', "field-missing"),
    (b'{"deviceId":"d","enterpriseCode":"e","data":{}}', "message-type"),
    (b'{"deviceId":7,"enterpriseCode":"e","data":[]}', "field-type"),
    (b"[" * 100_000, "json-malformed"), (b'{"a":' * 100_000, "json-malformed"),
    (b'{"deviceId":"d","enterpriseCode":"e","data":[' + b"0," * 30_000 + b"0]}", "too-many-records"),
])  # fmt: skip
def test_messages_of_which_nothing_can_be_kept(raw, code):
    with pytest.raises(MessageError) as refused:
        decode_upload(raw)
    assert refused.value.code == code


def test_a_number_that_no_double_holds():
    found, rejections = checked(body(GOOD, GOOD | {"dataValue": 7}).replace(b"7", b"1e999"))
    assert found.value.tolist() == [123.45]
    assert rejections[0].code == "value-not-finite"


def test_a_byte_order_mark_does_no_harm():
    assert checked(b"\xef\xbb\xbf" + body(GOOD))[0].value.tolist() == [123.45]


def encrypted(profile=SHANDONG, key=KEY, rows=(GOOD,)):
    fields = {"dataCode": "data_code", "dataValue": "data_value", "inputType": "input_type", "statType": "stat_type",
              "statDate": "stat_date", "scope": "scope", "valid": "valid"}  # fmt: skip
    records = [EnergyRecord(**{fields[k]: v for k, v in row.items() if k in fields}) for row in rows]
    return build_energy_upload(records, profile, secret_key=key, device_id="d", enterprise_code="e", upload_date=NOW)


@pytest.mark.parametrize("sender", ["shandong", "shandong-plain-upload-date"])
def test_the_receiver_decides_field_by_field(sender):
    found, rejections = checked(encrypted(Profile.load(sender)), SHANDONG, KEY)
    assert rejections == []
    assert found.value.tolist() == [123.45]


def test_a_wrong_key_is_said_record_by_record():
    found, rejections = checked(encrypted(key=OTHER_KEY, rows=(GOOD, GOOD)), SHANDONG, KEY)
    assert len(found.item_id) == 0
    assert [(r.index, r.code, r.message_zh) for r in rejections] == [
        (0, "decrypt-failed", "解密失败！"), (1, "decrypt-failed", "解密失败！"),
    ]  # fmt: skip


def test_one_spoilt_field_costs_only_its_record():
    message = json.loads(encrypted(rows=(GOOD, GOOD | {"statDate": "2026-03-04 00:30:00"})))
    message["data"][0]["dataValue"] = "00" * 16
    found, rejections = checked(json.dumps(message).encode(), SHANDONG, KEY)
    assert len(found.item_id) == 1
    assert [(r.index, r.code, r.field) for r in rejections] == [(0, "decrypt-failed", "dataValue")]


def test_plain_text_where_the_province_encrypts_is_refused():
    found, rejections = checked(body(GOOD), SHANDONG, KEY)
    assert len(found.item_id) == 0
    assert rejections[0].code == "field-not-encrypted"


def test_ciphertext_without_a_key_is_a_failed_decryption():
    assert checked(encrypted(), NATIONAL, "")[1][0].code == "decrypt-failed"


@given(
    st.lists(
        st.tuples(
            st.integers(0, 95), st.floats(min_value=0, max_value=1e15), st.sampled_from(["measured", "estimated"])
        ),
        max_size=30, unique_by=lambda row: row[0],
    ),
    st.sampled_from(["national", "shandong"]),
)  # fmt: skip
@settings(max_examples=60)
def test_what_the_edge_encodes_the_hub_decodes_to_the_very_same_double(rows, name):
    profile = Profile.load(name)
    midnight = datetime(2026, 3, 4)
    records = [
        EnergyRecord(
            data_code=CODE, data_value=wire_text(value, "kWh", "万kWh"), input_type="4",
            stat_type=str(StatType.REAL_TIME.value), stat_date=f"{midnight + timedelta(minutes=15 * slot)}",
            scope="1", state=state,
        )
        for slot, value, state in rows
    ]  # fmt: skip
    raw = build_energy_upload(records, profile, secret_key=KEY, device_id="d", enterprise_code="e", upload_date=NOW)
    found, rejections = checked(raw, profile, KEY)
    assert rejections == []
    assert found.value.tolist() == [value for _, value, _ in rows]
    assert found.state.tolist() == [int(state == "estimated") for _, _, state in rows]
    assert ((found.period_start - np.datetime64(midnight)) // np.timedelta64(15, "m")).tolist() == [r[0] for r in rows]


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([("kWh", "万kWh", 1e4), ("GJ", "GJ", 1.0)]))
def test_numbers_lose_no_digit(value, units):
    base, wire, factor = units
    assert base_value(wire_text(value, base, wire), factor) == value


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from([CODE, "2026-03-04 00:15:00", "1", "0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "x"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@given(st.lists(st.dictionaries(st.sampled_from([*GOOD, "state"]), json_values, max_size=9) | json_values, max_size=4))
@settings(max_examples=200)
def test_any_json_is_kept_or_refused_and_the_good_record_survives(rows):
    found, rejections = checked(body(*rows, GOOD))
    assert 123.45 in found.value.tolist()
    assert len(found.item_id) + len(rejections) == len(rows) + 1
    assert {rejection.code for rejection in rejections} <= set(catalogue())


def test_the_page_shows_the_vectors_that_the_tests_check():
    page = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    vectors = (Path(__file__).parent / "sm4_vectors.csv").read_text(encoding="utf-8").splitlines()[1:5]
    assert all(line.rsplit(",", 1)[1] in page for line in vectors)


def test_the_catalogue_is_complete_in_both_languages():
    for code, texts in catalogue().items():
        assert set(texts) == {"message_zh", "message_en", "mend_zh", "mend_en"}, code
        for text in texts.values():
            assert text.format(value="v", more="m"), code
