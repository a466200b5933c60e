"""SM4 against the vectors of the shared protocol facts, and its own inverse."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.errors import NenghaoError
from nenghao.protocol import sm4_decrypt_field, sm4_encrypt_field
from nenghao.protocol.sm4 import looks_encrypted, sm4_decrypt_fields, sm4_encrypt_fields

KEY, OTHER_KEY = "0123456789abcdeffedcba9876543210", "fedcba98765432100123456789abcdef"
VECTORS = [
    row
    for row in csv.DictReader((Path(__file__).parent / "sm4_vectors.csv").open(encoding="utf-8"))
    if row["use"] == "A field"
]


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["plaintext"])
def test_vectors(row):
    assert sm4_encrypt_field(row["plaintext"], row["key"]) == row["ciphertext"]
    assert sm4_decrypt_field(row["ciphertext"], row["key"]) == row["plaintext"]


def test_there_are_vectors():
    assert len(VECTORS) == 4


@given(st.lists(st.text(), max_size=20))
def test_a_batch_is_as_field_by_field(texts):
    together = sm4_encrypt_fields(texts, KEY)
    assert together == [sm4_encrypt_field(text, KEY) for text in texts]
    assert all(looks_encrypted(text) for text in together)
    assert sm4_decrypt_fields(together, KEY) == texts


def test_a_wrong_key_opens_nothing_and_says_so():
    with pytest.raises(NenghaoError) as refused:
        sm4_decrypt_field(sm4_encrypt_field("00-00-0000-023300-10", KEY), OTHER_KEY)
    assert refused.value.code == "decrypt-failed"
    with pytest.raises(NenghaoError):
        sm4_decrypt_field("not hexadecimal", KEY)
    with pytest.raises(NenghaoError) as refused:
        sm4_encrypt_field("x", "short")
    assert refused.value.code == "key-malformed"


def test_plain_fields_never_look_encrypted():
    for text in ("00-00-0000-023300-10", "123.45", "1", "2021-10-08 00:00:00", "", "measured", "abcdef"):
        assert not looks_encrypted(text)
