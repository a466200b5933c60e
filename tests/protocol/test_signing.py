"""SM3 against the standard's examples, the signature against vectors and against HMAC written out by hand."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.errors import NenghaoError
from nenghao.protocol.rejections import catalogue
from nenghao.protocol.signing import (
    HEADERS,
    NONCE,
    SIGNATURE,
    TIMESTAMP,
    WINDOW_S,
    Verdict,
    canonical_text,
    signed_headers,
    sm3_hex,
    verify,
)

VECTORS = list(csv.DictReader((Path(__file__).parent / "signing_vectors.csv").open(encoding="utf-8")))
KEY, OLD_KEY, OTHER_KEY = "0f" * 32, "1e" * 32, "2d" * 32
PATH, BODY, NOW, NONCE_TEXT = (
    "/nhjc/uploadEnergyData",
    b'{"data":[]}',
    1_772_571_960,
    "00112233445566778899aabbccddeeff",
)
keys = st.binary(min_size=32, max_size=32).map(bytes.hex)
nonces = st.binary(min_size=16, max_size=16).map(bytes.hex)


def headers(**changed):
    return signed_headers(KEY, PATH, BODY, now=NOW, nonce=NONCE_TEXT) | changed


@pytest.mark.parametrize(
    ("content", "digest"),
    [
        # GB/T 32905-2016, appendix A, examples 1 and 2
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_is_the_standard_one(content, digest):
    assert sm3_hex(content) == digest


def hmac_by_hand(key, content):
    """RFC 2104 as it is written there, with a block of 64 bytes."""
    block = key.ljust(64, b"\0")
    inner = bytes.fromhex(sm3_hex(bytes(byte ^ 0x36 for byte in block) + content))
    return sm3_hex(bytes(byte ^ 0x5C for byte in block) + inner)


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["use"])
def test_vectors(row):
    body = row["body"].encode()
    assert sm3_hex(body) == row["body_sm3"]
    lines = "\n".join((row["method"], row["path"], row["timestamp"], row["nonce"], row["body_sm3"]))
    assert hmac_by_hand(bytes.fromhex(row["sign_key"]), lines.encode()) == row["signature"]
    sent = signed_headers(row["sign_key"], row["path"], body, now=int(row["timestamp"]), nonce=row["nonce"])
    assert [sent[name] for name in HEADERS] == [row["timestamp"], row["nonce"], row["signature"]]
    assert verify(row["sign_key"], row["path"], body, sent, now=int(row["timestamp"]) + 7).offset_s == -7


def test_there_are_vectors():
    assert len(VECTORS) == 3


@settings(deadline=None)
@given(key=keys, nonce=nonces, body=st.binary(max_size=200), path=st.text(), now=st.integers(0, 4_000_000_000))
def test_what_is_signed_holds_and_nothing_else_does(key, nonce, body, path, now):
    sent = signed_headers(key, path, body, now=now, nonce=nonce)
    assert verify(key, path, body, sent, now=now) == Verdict("", now, nonce, 0)
    for changed in (
        {"body": body + b" "}, {"path": path + "/"}, {"method": "GET"},
        {"sent": sent | {TIMESTAMP: str(now + 1)}}, {"sent": sent | {NONCE: f"{int(nonce, 16) ^ 1:032x}"}},
        {"sent": sent | {SIGNATURE: "0" * 64}}, {"key": sm3_hex(key.encode())},
    ):  # fmt: skip
        asked = {"key": key, "path": path, "body": body, "sent": sent, "method": "POST"} | changed
        verdict = verify(
            asked["key"], asked["path"], asked["body"], asked["sent"], now=now, method=asked["method"]
        )  # fmt: skip
        assert verdict.code == "signature-wrong", changed


def test_fields_cannot_move_across_lines():
    """A line feed in the path must not make another request's text."""
    assert canonical_text("POST", "/a\n1", "2", "3", "4") == canonical_text("POST", "/a", "1\n2", "3", "4")
    sent = signed_headers(KEY, "/a\n1", BODY, now=2, nonce=NONCE_TEXT)
    moved = sent | {TIMESTAMP: "1\n2"}
    assert verify(KEY, "/a", BODY, moved, now=2).code == "signature-wrong"


@pytest.mark.parametrize(("offset_s", "code"), [
    (0, ""), (WINDOW_S, ""), (-WINDOW_S, ""), (WINDOW_S + 1, "timestamp-off"), (-WINDOW_S - 1, "timestamp-off"),
])  # fmt: skip
def test_the_clock_may_be_off_by_five_minutes(offset_s, code):
    verdict = verify(KEY, PATH, BODY, headers(), now=NOW - offset_s)
    assert (verdict.code, verdict.offset_s) == (code, offset_s)


def test_during_the_grace_the_key_before_holds_too():
    sent = signed_headers(OLD_KEY, PATH, BODY, now=NOW, nonce=NONCE_TEXT)
    assert verify(KEY, PATH, BODY, sent, now=NOW).code == "signature-wrong"
    verdict = verify(KEY, PATH, BODY, sent, now=NOW, previous_key=OLD_KEY)
    assert verdict.ok
    assert verdict.is_previous
    assert not verify(KEY, PATH, BODY, headers(), now=NOW, previous_key=OLD_KEY).is_previous
    assert verify(KEY, PATH, BODY, sent, now=NOW, previous_key=OTHER_KEY).code == "signature-wrong"


def test_upper_case_hexadecimal_is_the_same_signature():
    assert verify(KEY, PATH, BODY, headers(**{SIGNATURE: headers()[SIGNATURE].upper()}), now=NOW).ok


@pytest.mark.parametrize(("changed", "code"), [
    (dict.fromkeys(HEADERS, ""), "signature-missing"),
    ({SIGNATURE: ""}, "signature-wrong"),
    ({NONCE: ""}, "signature-wrong"),
    ({NONCE: "0" * 33}, "signature-wrong"),
    ({NONCE: "٠" * 32}, "signature-wrong"),
    ({TIMESTAMP: "1772571960.5"}, "signature-wrong"),
    ({TIMESTAMP: "-1"}, "signature-wrong"),
    ({TIMESTAMP: "9" * 5000}, "signature-wrong"),
    ({TIMESTAMP: "²"}, "signature-wrong"),
    ({SIGNATURE: "x" * 64}, "signature-wrong"),
    ({SIGNATURE: "a" * 65}, "signature-wrong"),
])  # fmt: skip
def test_headers_that_are_none(changed, code):
    assert verify(KEY, PATH, BODY, headers(**changed), now=NOW).code == code


def test_every_verdict_has_words():
    assert {"signature-missing", "signature-wrong", "timestamp-off", "nonce-replayed"} <= set(catalogue())


@pytest.mark.parametrize(("key", "nonce", "code"), [
    ("short", NONCE_TEXT, "sign-key-malformed"), (KEY, "once", "nonce-malformed"), (KEY, "G" * 32, "nonce-malformed"),
])  # fmt: skip
def test_a_gateway_that_signs_wrongly_is_told(key, nonce, code):
    with pytest.raises(NenghaoError) as refused:
        signed_headers(key, PATH, BODY, now=NOW, nonce=nonce)
    assert refused.value.code == code
    assert key not in str(refused.value)
