"""Computing month accounts again: exactly those of which something changed, thousands at once.

Every figure comes from :func:`nenghao.accounting.account_columns.accounts`; here its columns are filled from readings,
ledgers, rules and rates, and what comes out different is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
import structlog

from nenghao.accounting.account_columns import (
    FLOWS,
    METHODS,
    FlowColumns,
    FlowSums,
    accounts,
    flow_codes,
    sum_flows,
)
from nenghao.accounting.flows import Flow
from nenghao.accounting.rate_columns import RateColumns, rates_for
from nenghao.accounting.rules import GBT2589, Mark, Rules
from nenghao.hub.energy_accounts import stale
from nenghao.hub.energy_accounts.models import RuleKind, StaleSpan
from nenghao.hub.energy_accounts.sources import (
    equivalents,
    filed_figures,
    measured_heating,
    region_paths,
    rule_in_force,
    stated_flows,
    stated_rules,
)
from nenghao.periods import month_after, to_beijing
from nenghao.readings import ReadingStore
from nenghao.readings.account_writes import OUTSIDE, Stored, rewriting
from nenghao.readings.accounts import AccountMonth, note_reference, stale_months, with_energy
from nenghao.reference import library
from nenghao.reference.digests import digest_of
from nenghao.reference.model import STATUSES

pc: Any = pyarrow.compute  # its functions are made at run time
log = structlog.get_logger("nenghao.hub.energy_accounts")

SLICE = 10_000
"""Accounts computed in one transaction: bounds the memory."""
WRONG = (
    Mark.QUANTITY_MISSING | Mark.NEGATIVE | Mark.UNCONVERTED | Mark.IMBALANCE | Mark.ONE_STOCK | Mark.ORIGIN_UNKNOWN
    | Mark.UNUSED | Mark.PARTS | Mark.DETAILS
)  # fmt: skip
"""Marks that somebody should look at; the others say what a figure rests on."""


def refresh(
    *, store: ReadingStore, now: datetime, enterprise_ids: Sequence[int] | None = None,
    months: Sequence[date] | None = None, go_on: Callable[[], bool] = lambda: True,
) -> Stored:  # fmt: skip
    """Compute the accounts that are stale, the newest month first; of these enterprises and months, else of all.

    Safe to repeat, and to kill: a mark goes only when the account is stored. ``go_on`` is asked between slices.
    """
    today = to_beijing(now).date()
    wanted = None if months is None else {month.replace(day=1) for month in months}
    spans = stale.stale_spans(enterprise_ids)
    asked = set(stale_months(store, enterprise_ids=enterprise_ids, months=None if wanted is None else sorted(wanted)))
    asked |= {found for found in _named(store, spans, today) if wanted is None or found[1] in wanted}
    ordered = sorted(asked, key=lambda found: (-found[1].toordinal(), found[0]))
    done = Stored()
    for first in range(0, len(ordered), SLICE):
        if not go_on():
            return done
        done += compute(store=store, asked=ordered[first : first + SLICE], now=now)
        stale.tell_computed()
    stale.forget(spans, today, lambda found: wanted is not None and found[1] not in wanted)
    return done


def _named(store: ReadingStore, spans: Sequence[StaleSpan], today: date) -> set[AccountMonth]:
    """Give the months that marks name; of a changed factor only those in whose account the energy stands."""
    found = stale.months_of((span for span in spans if not span.energy_key), today)
    for key in {span.energy_key for span in spans if span.energy_key}:
        named = stale.months_of((span for span in spans if span.energy_key == key), today)
        found |= with_energy(store, named, key)
    return found


def compute(*, store: ReadingStore, asked: Sequence[AccountMonth], now: datetime) -> Stored:
    """Compute these accounts now, whether stale or not, in one transaction of the store."""
    ids = sorted({enterprise_id for enterprise_id, _ in asked})
    start, end = min(month for _, month in asked), month_after(max(month for _, month in asked))
    stated, figures = stated_flows(ids), filed_figures(ids, start, end)
    rules = _Rules.of(ids, asked)
    with rewriting(store, asked) as writing:
        lines = _known(writing.gather(stated=stated, figures=figures, outside=rules.outside))
        made = [
            _tables(lines.filter(pa.array(rows)), definition)
            for rows, definition in rules.parts(lines)
        ] or [_tables(lines, GBT2589)]  # fmt: skip
        tables = {name: pa.concat_tables([part[name] for part in made]) for name in made[0]}
        return writing.put(now=now, **tables)


def check_reference(store: ReadingStore) -> tuple[str, ...]:
    """Mark the accounts that were made by other factors than the reference library holds now; give the energies."""
    changed = note_reference(store, _digests())
    if changed:
        log.info("factors changed, accounts are computed again", energies=changed)
    return changed


@lru_cache(maxsize=1)
def _digests() -> dict[str, str]:
    keys = [energy.key for energy in library().energy_types()]
    return {key: digest_of(library().coal_equivalent_factors(key))[:16] for key in keys}


@lru_cache(maxsize=1)
def _known_keys() -> pa.Array:
    return pa.array([energy.key for energy in library().energy_types()])


def _known(lines: pa.Table) -> pa.Table:
    """Leave out what the reference library does not know; the registry refuses such energies, an old store may not."""
    known = pc.is_in(lines["energy_key"], value_set=_known_keys())
    strange = lines.filter(pc.invert(known))
    if len(strange):
        log.warning("energies without a type stand in no account", keys=sorted(set(strange["energy_key"].to_pylist())))
    return lines.filter(known)


@dataclass(frozen=True, slots=True)
class _Rules:
    """The stated rules of the months asked for: processes outside, and where feedstock does not count."""

    outside: pa.Table
    without_feedstock: frozenset[AccountMonth]

    @classmethod
    def of(cls, ids: Sequence[int], asked: Sequence[AccountMonth]) -> _Rules:
        kinds = (RuleKind.BOUNDARY, RuleKind.FEEDSTOCK)
        by_place = {
            key: list(rules)
            for key, rules in groupby(stated_rules(ids, kinds), lambda rule: (rule.enterprise_id, rule.kind))
        }
        outside, feedstock = [], set()
        for enterprise_id, month in asked if by_place else ():
            boundary = rule_in_force(by_place.get((enterprise_id, RuleKind.BOUNDARY), ()), month)
            for code in boundary.content.get("outside", ()) if boundary else ():
                outside.append({"enterprise_id": enterprise_id, "month": month, "unit_code": code})
            switch = rule_in_force(by_place.get((enterprise_id, RuleKind.FEEDSTOCK), ()), month)
            if switch is not None and not switch.content.get("included", True):
                feedstock.add((enterprise_id, month))
        return cls(pa.Table.from_pylist(outside, schema=OUTSIDE), frozenset(feedstock))

    def parts(self, lines: pa.Table) -> list[tuple[npt.NDArray[np.bool_], Rules]]:
        """Part the lines by the definition that counts for them."""
        if not self.without_feedstock:
            return [(np.ones(len(lines), dtype=bool), GBT2589)]
        keys = zip(lines["enterprise_id"].to_pylist(), lines["month"].to_pylist(), strict=True)
        without = np.array([key in self.without_feedstock for key in keys], dtype=bool)
        return [(~without, GBT2589), (without, replace(GBT2589, include_feedstock=False))]


def _tables(lines: pa.Table, rules: Rules) -> dict[str, pa.Table]:
    """Turn sorted lines into the rows to store: lines with their worth, energies, months."""
    columns = _flow_columns(lines)
    sums = sum_flows(columns)
    rates = _rates(sums)
    found = accounts(sums, rates, rules)
    return {
        "lines": _line_table(lines, columns, rates), "energies": _energy_table(sums, rates, found.energies),
        "months": _month_table(found),
    }  # fmt: skip


def _flow_columns(lines: pa.Table) -> FlowColumns:
    def numbers(name: str) -> npt.NDArray[np.float64]:
        return lines[name].to_numpy(zero_copy_only=False).astype(np.float64)

    return FlowColumns(
        owner=lines["enterprise_id"].to_numpy(), month=lines["month"].to_numpy().astype("datetime64[M]"),
        energy_key=_words(lines["energy_key"]), flow=flow_codes(_words(lines["flow"])), quantity=numbers("quantity"),
        whole=_words(lines["unit_code"]) == "", measured_ratio=numbers("measured_ratio"),
        missing_ratio=numbers("missing_ratio"),
    )  # fmt: skip


def _words(column: pa.ChunkedArray) -> npt.NDArray[np.str_]:
    """Give texts as fixed-width words, each distinct one turned once."""
    encoded = column.combine_chunks().dictionary_encode()
    words = np.array(encoded.dictionary.to_pylist() or [""], dtype=np.str_)
    return words[encoded.indices.to_numpy(zero_copy_only=False)]


def _rates(sums: FlowSums) -> RateColumns:
    """Choose the rate of every row: edition by month, measured heating values, equivalent values of the region."""
    if not len(sums):
        return rates_for(library(), [], np.array([], dtype="datetime64[M]"))
    ids = np.unique(sums.owner).tolist()
    months = sums.month.astype("datetime64[D]").astype(object)
    start, end = min(months), month_after(max(months))
    keys = list(zip(sums.owner.tolist(), sums.energy_key.tolist(), months, strict=True))
    heating = measured_heating(ids, start, end)
    stated = equivalents(range(start.year, end.year + 1))
    paths = region_paths(ids) if stated.stated else {}
    settable = {energy for _, energy, _ in stated.stated}

    @cache
    def equivalent(path: str, energy_key: str, year: int) -> float:
        value = stated.at(path, energy_key, year)
        return np.nan if value is None else value.kgce_per_unit

    return rates_for(
        library(), sums.energy_key, sums.month,
        np.array([heating.get(key, np.nan) for key in keys]) if heating else None,
        np.array([
            equivalent(paths.get(owner, ""), energy, month.year) if energy in settable else np.nan
            for owner, energy, month in keys
        ]) if settable else None,
    )  # fmt: skip


def _line_table(lines: pa.Table, columns: FlowColumns, rates: RateColumns) -> pa.Table:
    """Add what each line is worth at its energy's rate; the lines stand in the order of the rates."""
    row = _row_numbers(columns.owner, columns.month, columns.energy_key)
    factor_id, status = _cited(rates)
    return (
        lines.append_column("tce_calorific", _numbers(columns.quantity * rates.kgce_counted[row] / 1000))
        .append_column("tce_equivalent", _numbers(columns.quantity * rates.kgce_equivalent[row] / 1000))
        .append_column("factor_id", factor_id.take(pa.array(row)))
        .append_column("status", status.take(pa.array(row)))
    )


def _energy_table(sums: FlowSums, rates: RateColumns, found: Any) -> pa.Table:
    factor_id, status = _cited(rates)
    consumed = FLOWS.index(Flow.CONSUMED)
    return pa.table({
        "enterprise_id": found.owner, "month": found.month.astype("datetime64[D]"),
        "energy_key": pa.array(found.energy_key.tolist(), pa.string()),
        "consumption": _numbers(np.where(sums.present[:, consumed], sums.quantity[:, consumed], np.nan)),
        "net": _numbers(found.net), "method": _word_column(found.method, [str(method) for method in METHODS]),
        "kgce_calorific": _numbers(rates.kgce_counted), "kgce_equivalent": _numbers(rates.kgce_equivalent),
        "tce_calorific": _numbers(found.tce_calorific), "tce_equivalent": _numbers(found.tce_equivalent),
        "factor_id": factor_id, "status": status, "imbalance": _numbers(found.imbalance),
        "imbalance_ratio": _numbers(found.imbalance_ratio), "measured_ratio": found.measured_ratio,
        "missing_ratio": found.missing_ratio, "marks": found.marks,
    })  # fmt: skip


def _month_table(found: Any) -> pa.Table:
    """Give the totals; of a month of which no energy is known the total is not known either, and never 0."""
    totals, energies = found.totals, found.energies
    row, size = _row_numbers(energies.owner, energies.month), len(totals)
    known = np.bincount(row, ~np.isnan(energies.tce_calorific), size) > 0
    wrong = np.bincount(row, np.bitwise_count(energies.marks & np.uint16(WRONG)), size)
    return pa.table({
        "enterprise_id": totals.owner, "month": totals.month.astype("datetime64[D]"),
        "tce_calorific": _numbers(np.where(known, totals.tce_calorific, np.nan)),
        "tce_equivalent": _numbers(np.where(known, totals.tce_equivalent, np.nan)),
        "measured_ratio": np.nan_to_num(totals.measured_ratio), "is_complete": totals.is_complete,
        "missing_ratio": np.nan_to_num(totals.missing_ratio, nan=1.0), "is_unverified": totals.is_unverified,
        "imbalance_ratio": _numbers(totals.imbalance_ratio), "findings": wrong.astype(np.int32),
    })  # fmt: skip


def _cited(rates: RateColumns) -> tuple[pa.Array, pa.Array]:
    """Give factor and status of every rate; both empty where there is no factor."""
    words = np.where(rates.factor_id == "", "", np.array(STATUSES, dtype="U12")[rates.status])
    return pa.array(rates.factor_id.tolist(), pa.string()), pa.array(words.tolist(), pa.string())


def _numbers(values: npt.NDArray[np.float64]) -> pa.Array:
    return pa.array(values, from_pandas=True)


def _word_column(codes: npt.NDArray[np.uint8], names: Iterable[str]) -> pa.Array:
    return pa.array(np.array(list(names))[codes].tolist(), pa.string())


def _row_numbers(*keys: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Number the runs of equal keys in sorted columns, from 0."""
    new = np.zeros(len(keys[0]), dtype=bool)
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    return np.cumsum(new)
