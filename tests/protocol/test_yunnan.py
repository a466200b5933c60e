"""Dialect B against its vector, its field table, and by property: what is written is read back, nothing is lost."""

from __future__ import annotations

import base64
import csv
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.errors import NenghaoError
from nenghao.protocol import DataCode, EnergyRecord, MessageError
from nenghao.protocol.yunnan import (
    DICTIONARIES,
    OPERATIONS,
    Versions,
    asked_indexes,
    build_body,
    check_fields,
    convert_ratio,
    decrypt_pin,
    dictionary_version,
    encrypt_pin,
    energy_fields,
    exact_value,
    from_wire_code,
    make_dictionary,
    message_fields,
    parse_answer,
    parse_moment,
    parse_token,
    picture_of,
    pin_block,
    required_names,
    to_wire_code,
    wire_value,
    written_moment,
)
from nenghao.protocol.yunnan.fields import MAX_PICTURE_BYTES

CODE = "91530100MA6K00001X"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()
PINS = st.integers(0, 999_999).map("{:06d}".format)
KEYS = st.text("0123456789abcdefABCDEF", min_size=16, max_size=16)
DIGITS = st.text("0123456789", min_size=16, max_size=16)


def test_the_vector():
    with (Path(__file__).parent / "sm4_vectors.csv").open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["use"] == "B password")
    assert pin_block("123456") == row["plaintext"] == "06123456FFFFFFFF"
    assert encrypt_pin("123456", working_key=row["key"], enterprise_code=row["iv"] + "XX") == row["ciphertext"]
    assert decrypt_pin(row["ciphertext"], working_key=row["key"], enterprise_code=row["iv"]) == "123456"


@given(pin=PINS, key=KEYS)
def test_a_password_opens_with_its_key_alone(pin, key):
    password = encrypt_pin(pin, working_key=key, enterprise_code=CODE)
    assert len(password) == 32
    assert password == password.upper()
    assert decrypt_pin(password, working_key=key, enterprise_code=CODE) == pin
    assert decrypt_pin(password + "0" * 32, working_key=key, enterprise_code=CODE) == pin  # a block of padding behind
    for wrong in ({"working_key": key[1:] + "x", "enterprise_code": CODE},
                  {"working_key": key, "enterprise_code": "9253" + CODE[4:]}):  # fmt: skip
        with pytest.raises(NenghaoError) as refused:
            decrypt_pin(password, **wrong)
        assert refused.value.code == "pin-wrong"


@pytest.mark.parametrize("pin", ["12345", "1234567", "12345a", "１２３４５６", ""])
def test_only_six_digits_are_a_pin(pin):
    with pytest.raises(NenghaoError, match="six digits"):
        pin_block(pin)


@given(DIGITS)
def test_codes_go_there_and_back(digits):
    code = from_wire_code(digits)
    assert DataCode.matches(code)
    assert to_wire_code(code) == digits


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=1e-300, max_value=1e300))
def test_fifteen_characters_and_the_remark_lose_nothing(value):
    try:
        got = wire_value(value, "kWh", "万kWh")
    except NenghaoError as error:
        assert error.code == "number-too-long"
        return
    assert len(got.text) <= 15
    exact = Decimal(exact_value(got.text, got.remark))
    assert float(exact * 10_000) == value
    assert abs(Decimal(got.text) - exact) <= exact * Decimal("1e-9")
    assert bool(got.remark) == (Decimal(got.text) != exact)


@pytest.mark.parametrize(
    ("value", "text", "remark"),
    [
        (0.0, "0", ""),
        (123.45, "0.012345", ""),
        (-123.45, "-0.012345", ""),
        (123.45678901234, "0.0123456789012", "exact=0.012345678901234"),
        (1234567890123.456, "123456789.01235", "exact=123456789.0123456"),
    ],
)
def test_values_by_hand(value, text, remark):
    got = wire_value(value, "kWh", "万kWh")
    assert (got.text, got.remark) == (text, remark)


@pytest.mark.parametrize("value", [1.2345678e-9, 1e20, 123456789012345678.0])
def test_a_value_that_fifteen_characters_would_falsify_is_refused(value):
    with pytest.raises(NenghaoError, match="cannot be said in 15 characters"):
        wire_value(value, "kWh", "万kWh")


def test_a_remark_that_is_not_about_the_value_is_only_a_remark():
    for remark in ("exact=7", "exact=0.1; and more", "meter 3", "exact=1e5", "exact=" + "9" * 300):
        assert exact_value("0.1", remark) == "0.1"
    assert exact_value("not a number", "exact=1") == "not a number"


def test_the_table_is_that_of_the_client():
    total = sum(len(message_fields(m)) for m in {o.message for o in OPERATIONS.values()})
    assert total == 416
    assert message_fields("dataEnterpriseEnergy")["dataCode"].length == 18
    assert message_fields("requestAK")["password"].required
    assert all(len(message_fields(o.message)) > 1 for o in OPERATIONS.values())


def test_operations_are_those_of_the_endpoint_table():
    shown = {o.path for o in OPERATIONS.values() if not o.ours}
    configured = ("process", "unit", "device", "gauge", "dataCollect")
    assert {f"{kind}Configure/{verb}" for kind in configured for verb in ("add", "update", "delete")} < shown
    assert len(shown) == 4 + 7 + 15 + 11 + 3


ENERGY = {
    "enterpriseCode": CODE, "dataCode": "0000000002330010", "dataValue": "0.5", "valid": "1", "scope": "1",
    "inputType": "4", "statType": "1", "statDate": "2026-11-20 00:00:00", "uploadDate": "2026-11-21 16:10:00",
}  # fmt: skip


def checked(**changes):
    return check_fields(OPERATIONS["dataEnterpriseEnergy"], ENERGY | changes)


def test_numbers_and_truth_values_are_read_as_text_and_unknown_fields_left_out():
    got = checked(dataValue=0.5, scope=1, valid=True, remark=None, surprise={"a": 1})
    assert got == ENERGY


@pytest.mark.parametrize(
    ("code", "field", "value"),
    [
        ("field-too-long", "dataValue", "1234567890123456"),
        ("field-too-long", "convertRation", "0.123456789"),
        ("moment-malformed", "statDate", "2026-11-31 00:00:00"),
        ("moment-malformed", "statDate", "20261120"),
        ("field-missing", "dataValue", ""),
        ("field-missing", "enterpriseCode", None),
        ("field-type", "scope", [1]),
    ],
)
def test_what_the_table_does_not_allow_is_refused_by_name(code, field, value):
    with pytest.raises(MessageError) as refused:
        checked(**{field: value})
    assert (refused.value.code, refused.value.field) == (code, field)


def test_pictures():
    apply = OPERATIONS["enterpriseInfo/apply"]
    form = {name: "1" for name in required_names(apply)} | {"license": f"data:image/png;base64,{PNG}"}
    assert check_fields(apply, form)["license"].endswith(PNG)
    big = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(MAX_PICTURE_BYTES)).decode()
    assert picture_of(PNG) == ("png", base64.b64decode(PNG))
    assert picture_of(base64.b64encode(b"MZ program").decode()) == ("bin", b"MZ program")
    for wrong in ("no base64!", "data:image/png;base64,", big):
        with pytest.raises(MessageError) as refused:
            check_fields(apply, form | {"license": wrong})
        assert refused.value.code == "picture-wrong"


def test_an_energy_body_by_hand():
    record = EnergyRecord(
        data_code="00-00-0000-023300-10", data_value="0.5", input_type="4", stat_type="1",
        stat_date="2026-11-20 00:00:00", scope="1",
    )  # fmt: skip
    sent = datetime(2026, 11, 21, 8, 10, tzinfo=UTC)
    body = build_body(
        "dataEnterpriseEnergy", CODE, energy_fields(record, upload_date=sent, convert_ratio="1.229"),
        Versions("r1", "d1"),
    )  # fmt: skip
    assert json.loads(body) == ENERGY | {"convertRation": "1.229", "regVersion": "r1", "dicVersion": "d1"}
    with pytest.raises(MessageError, match="longer than 15"):
        build_body("dataEnterpriseEnergy", CODE, energy_fields(record, upload_date=sent) | {"dataValue": "1" * 16})


def test_dictionaries_hold_facts_or_nothing():
    assert len(DICTIONARIES) == 17
    power = next(row for row in make_dictionary(8) if row["code"] == "3300")
    assert (power["name"], power["type"], power["unit"]) == ("电力", "02", "万kWh")
    assert {row["code"]: row["name"] for row in make_dictionary(6)}["6"].startswith("能源供应单位")
    assert [index for index in DICTIONARIES if not make_dictionary(index)] == [4, 5, 10, 11, 12, 13, 15, 16, 17]
    known = message_fields("dataDownload")
    for index in DICTIONARIES:
        for row in make_dictionary(index):
            assert all(len(text) <= known[name].length for name, text in row.items()), row
    assert len(dictionary_version()) == 10
    assert asked_indexes("1, 8,8") == (1, 8)
    for wrong in ("0", "18", "1,,2", "x", "", "1;2"):
        with pytest.raises(MessageError, match="malformed code"):
            asked_indexes(wrong)


def test_ratios():
    on = date(2026, 11, 1)
    assert convert_ratio("02", "3300", on) == "1.229"  # 0.1229 kgce/kWh × 10,000 kWh ÷ 1,000
    assert convert_ratio("02", "0000", on) == "1"
    assert convert_ratio("09", "9999", on) == ""


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)))
def test_moments_go_there_and_back(at):
    text = written_moment(at)
    assert len(text) == 23
    assert abs(parse_moment(text) - at) < timedelta(milliseconds=1)
    assert parse_moment(text[:19]) == parse_moment(text[:19] + " 000")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"responseCode":"x"}', b"\xff", b"[" * 9999])
def test_what_is_no_answer_is_told(body):
    with pytest.raises(NenghaoError) as told:
        parse_answer(body)
    assert told.value.code == "answer-unreadable"


def test_answers():
    bad = parse_answer(b'{"responseCode":"401","responseMessage":"x","data":null}')
    assert (bad.ok, bad.token_is_bad, bad.data) == (False, True, {})
    good = b'{"responseCode":200,"responseMessage":"","data":{"token":"t","akExpiresIn":"2026-11-21 18:00:00 000"}}'
    token = parse_token(parse_answer(good))
    assert (token.token, token.expires_at) == ("t", datetime(2026, 11, 21, 10, tzinfo=UTC))
    with pytest.raises(NenghaoError, match="no token"):
        parse_token(bad)
