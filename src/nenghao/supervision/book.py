"""The quota tables, found by product: which rows are in force on a day, and the benchmark levels beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from nenghao.reference.benchmarks import BenchmarkTable
from nenghao.reference.corrections import Correction
from nenghao.reference.library import library
from nenghao.reference.model import BenchmarkRow, QuotaRow
from nenghao.reference.quotas import QuotaTable


@dataclass(frozen=True, slots=True)
class Entry:
    """A row with its table, for the corrections that apply to it."""

    row: QuotaRow
    table: QuotaTable

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """The corrections of the row, in the order in which they are applied."""
        return self.table.corrections_of(self.row)


class QuotaBook:
    """Quota tables and benchmark lists, indexed by product."""

    def __init__(self, tables: Iterable[QuotaTable], benchmarks: Iterable[BenchmarkTable] = ()) -> None:
        self.tables = tuple(tables)
        self._by_product: dict[str, list[Entry]] = {}
        for table in self.tables:
            for row in table.rows:
                self._by_product.setdefault(row.product, []).append(Entry(row, table))
        self._benchmarks: dict[tuple[str, str, str], list[BenchmarkRow]] = {}
        for listed in benchmarks:
            for one in listed.rows:
                if one.quota_product:
                    key = (one.quota_product, one.quota_condition, one.metric_key)
                    self._benchmarks.setdefault(key, []).append(one)

    @property
    def products(self) -> Mapping[str, list[Entry]]:
        """All rows of all editions by product."""
        return self._by_product

    def in_force(self, product: str, on: date) -> list[Entry]:
        """Give the rows of a product in force on a day, all conditions and metrics."""
        return [entry for entry in self._by_product.get(product, ()) if entry.row.in_force(on)]

    def rows_on(self, on: date) -> list[Entry]:
        """Give every row in force on a day, in the order of the tables: what a product may be held against."""
        return [entry for entries in self._by_product.values() for entry in entries if entry.row.in_force(on)]

    def corrections(self, product: str, on: date) -> tuple[Correction, ...]:
        """Give the corrections of a product's rows in force on a day, each once: the parameters to ask for."""
        found = {one.key: one for entry in self.in_force(product, on) for one in entry.corrections}
        return tuple(found.values())

    def benchmark(self, row: QuotaRow, on: date) -> BenchmarkRow | None:
        """Give the benchmark row shown beside a quota row on a day, if its unit is the same."""
        found = self._benchmarks.get((row.product, row.condition, row.metric_key), ())
        in_force = (
            one for one in found
            if (one.valid_from or date.min) <= on and (one.valid_until is None or on < one.valid_until)
        )  # fmt: skip
        return next((one for one in in_force if one.unit == row.unit), None)


@cache
def quota_book() -> QuotaBook:
    """Give the book of the library shipped with the package."""
    return QuotaBook(library().quota_tables, library().benchmark_tables)
