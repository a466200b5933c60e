"""Whatever stands in a data file, it is either read or refused with a place: never another exception."""

from __future__ import annotations

import csv
import json
import tempfile
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.reference import ReferenceDataError, library
from nenghao.reference.benchmarks import read_benchmark_table
from nenghao.reference.co2 import read_co2_table
from nenghao.reference.coefficients import read_coefficient_table
from nenghao.reference.energy_types import index_rows, read_energy_type, run_tests
from nenghao.reference.library import DATA
from nenghao.reference.metering import read_metering_table
from nenghao.reference.quotas import read_quota_table

READERS = {
    "coal_equivalent": read_coefficient_table, "co2": read_co2_table, "quotas": read_quota_table,
    "metering": read_metering_table, "benchmarks": read_benchmark_table,
}  # fmt: skip
TABLES = sorted(path.relative_to(DATA) for folder in READERS for path in (DATA / folder).glob("*.toml"))
ENERGY_TYPES = sorted(path.name for path in (DATA / "energy_types").glob("*.toml"))

CELL = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", "0", "-1", "1e9", "1e400", "nan", "0.7143", "kgce/kg", "/", "tce/GJ", "calorific", "—"]),
)
VALUE = st.one_of(
    st.sampled_from(["", "电力", "kWh", 0, -1, 2.5, True, [], [1], {}, {"a": 1}, date(2020, 1, 1)]), st.text(max_size=8)
)


def toml(value: Any) -> str:
    """Write a value as TOML, tables inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(one) for one in value) + "]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value)


def spoil(content: dict[str, Any], draw: st.DataObject) -> dict[str, Any]:
    """Replace or remove one field, at the top or one level down."""
    key = draw.draw(st.sampled_from(sorted(content)))
    inner = content[key][0] if isinstance(content[key], list) else content[key]
    if isinstance(inner, dict) and draw.draw(st.booleans()):
        field = draw.draw(st.sampled_from(sorted(inner)))
        changed = {**inner, field: draw.draw(VALUE)}
        return {**content, key: [changed] if isinstance(content[key], list) else changed}
    return {**content, key: draw.draw(VALUE)}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TABLES), st.data())
def test_any_cell(table: Path, draw: st.DataObject) -> None:
    with (DATA / table).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    line = draw.draw(st.integers(0, len(lines) - 1))
    lines[line][draw.draw(st.integers(0, len(lines[0]) - 1))] = draw.draw(CELL)
    with tempfile.TemporaryDirectory() as folder:
        header = Path(folder) / table.name
        header.write_bytes((DATA / table).read_bytes())
        with header.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
        read_or_refuse(READERS[table.parts[0]], header)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(TABLES), st.data())
def test_any_header(table: Path, draw: st.DataObject) -> None:
    content = spoil(tomllib.loads((DATA / table).read_text(encoding="utf-8")), draw)
    with tempfile.TemporaryDirectory() as folder:
        header = Path(folder) / table.name
        header.write_text("\n".join(f"{key} = {toml(value)}" for key, value in content.items()), encoding="utf-8")
        header.with_suffix(".csv").write_bytes((DATA / table).with_suffix(".csv").read_bytes())
        read_or_refuse(READERS[table.parts[0]], header)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ENERGY_TYPES), st.data())
def test_any_energy_type(name: str, draw: st.DataObject) -> None:
    content = spoil(tomllib.loads((DATA / "energy_types" / name).read_text(encoding="utf-8")), draw)
    rows = index_rows(library().coefficient_tables)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text("\n".join(f"{key} = {toml(value)}" for key, value in content.items()), encoding="utf-8")
        read_or_refuse(lambda file: run_tests(read_energy_type(file, rows)), path)


def read_or_refuse(read: Any, path: Path) -> None:
    try:
        read(path)
    except ReferenceDataError as error:
        assert error.record.startswith(path.stem)
        assert error.text("zh") != error.text("en")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"name\n", b'"open', b"a,b\n1,2\n"])
def test_any_bytes_as_a_table(tmp_path: Path, content: bytes) -> None:
    header = tmp_path / "tce.toml"
    header.write_bytes((DATA / "co2" / "tce.toml").read_bytes())
    header.with_suffix(".csv").write_bytes(content)
    with pytest.raises(ReferenceDataError) as caught:
        read_co2_table(header)
    assert caught.value.record.startswith("tce.csv")
