"""The gateway's side: bodies as the field tables say, and answers of platforms of ours and of others."""

import dataclasses
import json
from datetime import UTC, datetime

import pytest

from nenghao.errors import NenghaoError
from nenghao.protocol import (
    EnergyRecord,
    Profile,
    build_energy_upload,
    build_register_request,
    parse_answer,
    parse_register_response,
    sm4_decrypt_field,
)

KEY = "0123456789abcdeffedcba9876543210"
RECORD = EnergyRecord(
    data_code="00-00-0000-023300-10", data_value="0.012345", input_type="4", stat_type="1",
    stat_date="2026-03-04 00:00:00", scope="1", state="measured",
)  # fmt: skip
SENT = datetime(2026, 3, 5, 1, 2, 3, tzinfo=UTC)


def upload(profile, key):
    return build_energy_upload(
        [RECORD], profile, secret_key=key, device_id="d" * 32, enterprise_code="E", upload_date=SENT
    )


def test_register_carries_code_and_region():
    assert json.loads(build_register_request("91370600MA00000001", "370600")) == {
        "enterpriseCode": "91370600MA00000001", "region": "370600",
    }  # fmt: skip


def test_national_upload_is_plain_strings_with_beijing_upload_date():
    body = json.loads(upload(Profile.load("national"), ""))
    assert body["deviceId"] == "d" * 32
    assert body["data"] == [
        {
            "dataCode": "00-00-0000-023300-10", "dataValue": "0.012345", "inputType": "4", "statType": "1",
            "statDate": "2026-03-04 00:00:00", "uploadDate": "2026-03-05 09:02:03", "scope": "1", "valid": "1",
            "state": "measured",
        }
    ]  # fmt: skip


def test_the_backlog_is_an_extension():
    told = {"secret_key": "", "device_id": "d" * 32, "enterprise_code": "E", "upload_date": SENT, "backlog": 12}
    profile = Profile.load("national")
    assert json.loads(build_energy_upload([RECORD], profile, **told))["backlog"] == 12
    assert "backlog" not in json.loads(upload(profile, ""))
    strict = dataclasses.replace(profile, send_extensions=False)
    assert "backlog" not in json.loads(build_energy_upload([RECORD], strict, **told))


@pytest.mark.parametrize(("name", "plain"), [("shandong", set()), ("shandong-plain-upload-date", {"uploadDate"})])
def test_encrypting_profiles_leave_only_their_plain_fields(name, plain):
    body = json.loads(upload(Profile.load(name), KEY))
    row = body["data"][0]
    open_row = json.loads(upload(Profile.load("national"), ""))["data"][0]
    assert {key for key in row if row[key] == open_row[key]} == plain
    assert {key: sm4_decrypt_field(text, KEY) for key, text in row.items() if key not in plain} == {
        key: text for key, text in open_row.items() if key not in plain
    }


def test_an_encrypting_profile_needs_a_key():
    with pytest.raises(NenghaoError) as refused:
        upload(Profile.load("shandong"), "")
    assert refused.value.code == "key-missing"


def test_answers_of_ours_of_others_and_of_nobody():
    ours = parse_answer(
        b'{"responseCode":"0","responseMessage":"x","batch":7,"accepted":1,"rejected":[{"index":0,"code":"c"}]}'
    )
    assert (ours.ok, ours.batch, ours.accepted, ours.rejections[0].code) == (True, 7, 1, "c")
    assert not parse_answer('{"responseCode":"1","responseMessage":"解密失败！"}'.encode()).ok
    assert parse_answer(b'{"responseCode":"0","responseMessage":"ok","rejected":"none"}').ok
    assert parse_answer(b'{"responseCode":0,"responseMessage":"ok"}').ok
    assert not parse_answer(b'{"responseCode":1,"responseMessage":"no"}').ok
    for body in (b"<html>502</html>", b"", b"\xff\xfe", b"[]", b"{}"):
        with pytest.raises(NenghaoError) as refused:
            parse_answer(body)
        assert refused.value.code == "answer-unreadable"


def test_register_refusal_is_an_error_that_names_the_message():
    with pytest.raises(NenghaoError, match="nobody"):
        parse_register_response(b'{"responseCode":"1","responseMessage":"nobody"}')
