"""Every quota file passes the tests that it carries, and the files hold exactly what was gathered."""

from __future__ import annotations

import pytest

from nenghao.reference import library
from nenghao.reference.files import QuotaTestPart
from nenghao.reference.quota_metrics import metric_key
from nenghao.supervision import QuotaBook, judge, quota_book

CARRIED = [(table.header.key, test) for table in library().quota_tables for test in table.tests]
ROWS = {
    "gb16780-2012": 5, "gb16780-2021": 5, "gb21252-2023": 9, "gb21256-2013": 4, "gb21256-2025": 7, "gb21257-2024": 12,
    "gb21258-2017": 7, "gb21258-2024": 13, "gb21340-2019": 42, "gb21341-2022": 18, "gb21342-2025": 2,
    "gb21343-2023": 12, "gb21344-2023": 18, "gb21345-2024": 1, "gb21346-2013": 1, "gb21346-2022": 8, "gb21347-2023": 4,
    "gb21350-2023": 108, "gb21351-2023": 108, "gb21370-2017": 19, "gb25323-2023": 47, "gb25324-2022": 11,
    "gb29140-2024": 8, "gb29141-2012": 12, "gb29141-2024": 13, "gb29145-2023": 6, "gb29435-2012": 31,
    "gb29435-2025": 51, "gb29436-2023": 9, "gb29438-2012": 1, "gb29445-2025": 2, "gb29446-2019": 2, "gb29447-2026": 6,
    "gb29448-2022": 4, "gb29449-2024": 6, "gb29450-2012": 6, "gb29995-2024": 9, "gb30180-2024": 7, "gb30182-2013": 2,
    "gb30183-2013": 2, "gb30184-2013": 2, "gb30185-2025": 7, "gb30251-2013": 1, "gb30251-2024": 14, "gb30526-2019": 7,
    "gb30530-2024": 1, "gb31335-2024": 9, "gb31823-2021": 3, "gb31825-2024": 38, "gb31830-2024": 2, "gb32032-2024": 16,
    "gb32044-2015": 3, "gb32047-2025": 1, "gb32051-2024": 6, "gb33654-2017": 1, "gb36888-2018": 2, "gb36889-2025": 48,
    "gb36891-2018": 2, "gb36892-2018": 5, "gb38263-2019": 7, "gb45246-2025": 6, "gb45247-2025": 10, "gb45549-2025": 7,
    "gb46029-2025": 2, "gb47835-2026": 2,
}  # fmt: skip
"""Rows gathered by standard and edition."""


def run(test: QuotaTestPart, book: QuotaBook) -> str:
    """Give the grade that a file's own test comes to."""
    return judge(
        product=test.product, condition=test.condition, metric=metric_key(test.metric, "test"), value=test.value,
        parameters=test.parameters, on=test.on, is_new_capacity=False, tables=book,
    ).grade  # fmt: skip


@pytest.mark.parametrize(("key", "test"), CARRIED, ids=[f"{key}-{number}" for number, (key, _) in enumerate(CARRIED)])
def test_a_file_passes_its_own_tests(key: str, test: QuotaTestPart) -> None:
    assert run(test, quota_book()) == test.grade, f"{key}: {test.why}"


def test_all_rows_gathered_are_held() -> None:
    assert {table.header.key: len(table.rows) for table in library().quota_tables} == ROWS
    assert sum(ROWS.values()) == 840


def test_benchmarks_are_all_unverified_and_linked_to_rows_that_exist() -> None:
    book = quota_book()
    tables = library().benchmark_tables
    assert [len(table.rows) for table in tables] == [56, 70]
    rows = [row for table in tables for row in table.rows]
    assert {row.status for row in rows} == {"unverified"}
    assert sum(row.benchmark is None for row in rows) == 8
    for row in rows:
        if row.quota_product:
            known = [entry.row for entry in book.products[row.quota_product]]
            assert any((one.condition, one.metric_key) == (row.quota_condition, row.metric_key) for one in known), row


def test_no_product_is_claimed_by_two_standards() -> None:
    """A product's name alone says which standard it is held against."""
    for product, entries in quota_book().products.items():
        assert len({entry.row.standard for entry in entries}) == 1, product
