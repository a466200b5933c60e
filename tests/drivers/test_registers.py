from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.drivers.registers import decode, encode, raw_range, register_count

INTEGERS = {
    "uint16": (0, 2**16 - 1), "int16": (-(2**15), 2**15 - 1), "uint32": (0, 2**32 - 1), "int32": (-(2**31), 2**31 - 1),
    "uint64": (0, 2**53), "int64": (-(2**53), 2**53),
    "bcd16": (0, 9999), "bcd32": (0, 99_999_999), "bcd48": (0, 10**12 - 1), "bcd64": (0, 9 * 10**15),
}  # fmt: skip


@given(st.data(), st.sampled_from(sorted(INTEGERS)), st.sampled_from(["big", "little"]), st.booleans())
def test_integers_come_back(data, data_type, word_order, byte_swap):
    raw = data.draw(st.integers(*INTEGERS[data_type]))
    words = encode(raw, data_type, word_order=word_order, byte_swap=byte_swap)
    assert len(words) == register_count(data_type)
    assert decode(words, data_type, word_order=word_order, byte_swap=byte_swap) == raw


@given(st.integers(0, 2**32 - 1))
def test_scale_gives_the_nearest_double(ticks):
    assert decode(encode(ticks / 100, "uint32", scale=0.01), "uint32", scale=0.01) == ticks / 100


def test_published_frames():
    # field_protocols: Eastron voltage, Chint power (x 0.0001 kW) and export energy.
    assert decode([0x4366, 0x3334], "float32") == pytest.approx(230.2, abs=1e-4)
    assert decode([0x4500, 0x0000], "float32", scale=0.0001) == pytest.approx(0.2048)
    assert decode([0x440D, 0x370A], "float32") == pytest.approx(564.86, abs=1e-4)
    # PZEM: energy low word first.
    assert decode([0x0026, 0x0000], "uint32", word_order="little", scale=0.001) == 0.038


@pytest.mark.parametrize(
    ("words", "data_type"),
    [([0xFFFF] * 4, "uint64"), ([0x7FFF, 0xFFFF], "int32"), ([0x7FC0, 0], "float32"), ([0x12AB], "bcd16")],
)
def test_not_available(words, data_type):
    assert decode(words, data_type, all_ones_missing=True) is None


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError):
        encode(70000, "uint16")
    with pytest.raises(ValueError):
        encode(12345, "bcd16")


def test_ranges():
    assert raw_range("uint32") == 2**32
    assert raw_range("bcd32") == 10**8
    assert raw_range("float32") is None
    assert math.isclose(2**32 * 0.01, 42949672.96)
