"""Every province profile against the tests that its own file carries: a new province is one file."""

import json
import tomllib
from datetime import datetime, timedelta

import pytest

from nenghao.errors import NenghaoError
from nenghao.hub.intake.addresses import NAMES, names_of, wire_name
from nenghao.periods import BEIJING
from nenghao.protocol import (
    EnergyRecord,
    ItemRule,
    Profile,
    build_energy_upload,
    check_records,
    decode_upload,
    decrypt_upload,
)
from nenghao.protocol.profile import OPERATIONS, profile_from, profile_text

CASES = [
    pytest.param(Profile.load(name), case, id=f"{name}-{number}")
    for name in Profile.names()
    for number, case in enumerate(tomllib.loads(profile_text(name)).get("test", []))
    if Profile.load(name).dialect == "A"
]
COLUMNS = {
    "dataCode": "data_code", "dataValue": "data_value", "inputType": "input_type", "statType": "stat_type",
    "statDate": "stat_date", "scope": "scope", "state": "state",
}  # fmt: skip


@pytest.mark.parametrize("name", Profile.names())
def test_every_profile_says_where_it_is_from_and_is_tested(name):
    profile, cases = Profile.load(name), tomllib.loads(profile_text(name)).get("test", [])
    assert profile.source and profile.title_zh and profile.title_en and cases
    assert profile.dialect == "B" or {case["is_valid"] for case in cases} == {True, False}


@pytest.mark.parametrize(("profile", "case"), CASES)
def test_a_profile_writes_what_its_file_says(profile, case):
    record = EnergyRecord(**{COLUMNS[key]: text for key, text in case["plain"].items() if key in COLUMNS})
    record.valid = case["is_valid"]
    body = build_energy_upload(
        [record], profile, secret_key=case.get("key", ""), device_id="d" * 32, enterprise_code="E",
        upload_date=moment(case["plain"]["uploadDate"]),
    )  # fmt: skip
    assert json.loads(body)["data"] == [case["wire"]]


@pytest.mark.parametrize(("profile", "case"), CASES)
def test_a_profile_reads_what_its_file_says(profile, case):
    rows = [case["wire"], *({**case["plain"], "valid": word} for word in case["valid_words"] + case["invalid_words"])]
    upload = decode_upload(json.dumps({"deviceId": "d", "enterpriseCode": "e", "data": rows}).encode())
    decrypt_upload(upload, profile, case.get("key", ""))
    plain = {key: getattr(upload.records[0], name) for key, name in COLUMNS.items()}
    assert plain == {key: text for key, text in case["plain"].items() if key in COLUMNS}
    if profile.encrypts:
        assert {rejection.code for rejection in upload.rejections} == {"field-not-encrypted"}
        assert len(upload.rejections) == len(rows) - 1
    else:
        assert [state_of(record, profile) for record in upload.records] == [
            0 if case["is_valid"] else 2, *(0 for _ in case["valid_words"]), *(2 for _ in case["invalid_words"])
        ]  # fmt: skip


def state_of(record, profile):
    now = moment(record.stat_date) + timedelta(days=1)
    rules = {record.data_code: ItemRule(item_id=1, scope=1, realtime_s=60 * profile.realtime_minutes)}
    return int(check_records([record], rules, now=now, profile=profile).state[0])


@pytest.mark.parametrize(("profile", "case"), CASES)
def test_a_profile_has_its_rows_and_addresses(profile, case):
    starts = [moment("2026-03-04 00:00:00") + timedelta(minutes=profile.realtime_minutes * n) for n in range(200)]
    assert sum(start.day == 4 for start in starts) == case["rows_per_day"]
    assert profile.address("register") == case["register"]
    assert {NAMES[wire_name(profile.address(operation))] for operation in OPERATIONS} == set(OPERATIONS)


def test_a_record_without_valid_is_valid_whatever_the_province_calls_it():
    case = CASES[0].values[1]["plain"]
    row = {key: text for key, text in case.items() if key != "valid"}
    for name in ("national", "valid-reversed"):
        upload = decode_upload(json.dumps({"deviceId": "d", "enterpriseCode": "e", "data": [row]}).encode())
        assert state_of(upload.records[0], Profile.load(name)) == 0


@pytest.mark.parametrize(("line", "field"), [
    ('encrypted_fields = ["dataKode"]', "encrypted_fields"), ("realtime_rows_per_day = 25", "realtime_rows_per_day"),
    ('path_prefix = "/a/"', "path_prefix"), ('operations = { regster = "r" }', "operations"),
    ('valid_word = "yes"', "valid_word"), ('valid_values = ["0", "1"]', "valid_values"),
    ('min_tls = "1.0"', "min_tls"), ("upload_slot = { from = 06:00:00, until = 01:00:00 }", "upload_slot"),
    ('encrypted_fields = ["valid"]', "secret_key"), ("not toml", "="),
])  # fmt: skip
def test_a_profile_that_cannot_hold_is_refused_by_its_field(line, field):
    key = line.split(" ")[0]
    rest = [text for text in profile_text("national").splitlines() if not text.startswith(key)]
    with pytest.raises(NenghaoError) as refused:
        profile_from("mine", "\n".join([line, *rest]))
    assert refused.value.code == "profile-wrong"
    assert field in refused.value.field


def test_a_province_may_call_its_operations_otherwise():
    text = profile_text("national").replace("[[test]]", 'operations = { versionCheck = "checkVersion" }\n[[test]]', 1)
    mine = profile_from("mine", text)
    assert mine.address("versionCheck") == "/nhjc/checkVersion"
    assert names_of((mine,))["checkVersion"] == "versionCheck"
    other = profile_from("other", text.replace("versionCheck =", "register ="))
    with pytest.raises(NenghaoError, match="checkVersion"):
        names_of((mine, other))


@pytest.mark.parametrize(("path", "name"), [
    ("/nhjc/register", "register"), ("/sx/inf/upload/register", "register"), ("/uploadEnergyData", "uploadEnergyData"),
    ("/enterprise/a/b", "a/b"), ("/", None), ("/enterprises/", None), ("/sx/inf/register", None), ("/nhjc/", None),
    ("/register/", None), ("/registers", None), ("//register", None), ("", None),
])  # fmt: skip
def test_one_rule_tells_the_wires_addresses(path, name):
    assert wire_name(path) == name


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)
