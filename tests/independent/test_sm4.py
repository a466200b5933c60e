"""The two independent programs' own SM4, against the published vector and the protocol's vectors."""

import csv
from pathlib import Path

import pytest

from . import sm4

VECTORS = list(csv.DictReader((Path(__file__).parent / "tables/sm4_vectors.csv").read_text("utf-8").splitlines()))


def test_the_published_block():
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    cipher = sm4.encrypt_block(key, key)
    assert cipher.hex() == "681edf34d206965e86b3e94f536e4246"
    assert sm4.decrypt_block(key, cipher) == key
    assert sorted(sm4.SBOX) == list(range(256))


@pytest.mark.parametrize(
    "vector", [row for row in VECTORS if row["use"] == "A field"], ids=lambda row: row["plaintext"]
)
def test_field_vectors(vector):
    assert sm4.encrypt_field(vector["key"], vector["plaintext"]) == vector["ciphertext"]
    assert sm4.decrypt_field(vector["key"], vector["ciphertext"].upper()) == vector["plaintext"]


def test_password_vector():
    (vector,) = [row for row in VECTORS if row["use"] == "B password"]
    enterprise_code = vector["iv"] + "00"
    assert sm4.password_block(vector["plaintext"][2:8], vector["key"], enterprise_code) == vector["ciphertext"]
    assert sm4.password_pin(vector["ciphertext"], vector["key"], enterprise_code) == "123456"


def test_no_ciphertext_is_told_from_ciphertext():
    with pytest.raises(ValueError):
        sm4.decrypt_field("0123456789abcdeffedcba9876543210", "00-00-0000-023300-11")
    with pytest.raises(ValueError):
        sm4.decrypt_field("0123456789abcdeffedcba9876543210", "00" * 16)
