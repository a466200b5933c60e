"""Proposals by rule: every gap of an enterprise or region that a simple method can fill, in one go."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby

import numpy as np
import numpy.typing as npt
from django.db import transaction

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.corrections.closed import months_of
from nenghao.hub.corrections.drafts import Draft, Slot
from nenghao.hub.corrections.errors import must, reason_needed, refused
from nenghao.hub.corrections.estimating import Window, estimate, instant
from nenghao.hub.corrections.fill_rules import Rule, rule_for
from nenghao.hub.corrections.models import ClosedMonth, Correction, MonthStatus, Status
from nenghao.hub.corrections.series import context_span
from nenghao.hub.corrections.services import MAY_PROPOSE, Grounds, proposal
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.quality.estimates import Estimate, TooThin, runs
from nenghao.readings import ReadingStore
from nenghao.readings.series import NO_ROW, Series, read_series, slot_end

ITEMS_AT_ONCE = 100
MAX_DAYS = 31


@dataclass(slots=True)
class Proposed:
    """What a run did: the proposals it made, and how many gaps it left, by reason (code → words, count)."""

    corrections: list[Correction] = field(default_factory=list)
    gaps: int = 0
    left: Counter[str] = field(default_factory=Counter)
    words: dict[str, tuple[str, str]] = field(default_factory=dict)

    def leave(self, code: str, zh: str, en: str) -> None:
        """Count a gap that nothing was proposed for."""
        self.left[code] += 1
        self.words.setdefault(code, (zh, en))


def propose_by_rule(
    *,
    actor: Actor,
    account: Account,
    now: datetime,
    store: ReadingStore,
    enterprise_ids: Sequence[int],
    start: datetime,
    end: datetime,
    reason: str,
    rule: Rule | None = None,
) -> Proposed:
    """Propose a correction for every gap of real-time series and day records that begins and ends in ``[start, end)``.

    Gaps that wait for a decision already, or lie in a closed month, are left alone. The series of a hundred items are
    read at once. Nothing is decided: a second person approves, many at once if they like.
    """
    reason = must(reason, reason_needed())
    if account.role not in MAY_PROPOSE:
        raise refused("may-not-propose", "您不能提出补正", "you may not propose corrections")
    if not timedelta(0) < end - start <= timedelta(days=MAX_DAYS) or end > now:
        raise refused(
            "span-length", f"时段须在过去且不超过 {MAX_DAYS} 天", f"the span must be past, at most {MAX_DAYS} days",
            field="to",
        )  # fmt: skip
    members = list(visible_enterprises(account).filter(pk__in=list(enterprise_ids)))
    run = _Run.of(store, members, start, end, rule or rule_for(account.region_path))
    grounds = Grounds(reason=reason)
    for gap in _all_gaps(run, members):
        try:
            made = proposal(account=account, now=now, draft=gap, grounds=grounds, by_rule=True)
        except NenghaoError as error:
            run.done.leave(error.code, error.message_zh, error.message_en)
        else:
            run.done.corrections.append(made)
    _keep(actor, account, now, run.done, reason)
    return run.done


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run knows beforehand, so that no gap asks the database: spans that wait, months that are closed."""

    store: ReadingStore
    start: datetime
    end: datetime
    rule: Rule
    waiting: Mapping[tuple[int, int], Sequence[tuple[datetime, datetime]]]
    closed: frozenset[tuple[int, date]]
    done: Proposed = field(default_factory=Proposed)

    @classmethod
    def of(cls, store: ReadingStore, members: Sequence[Enterprise], start: datetime, end: datetime, rule: Rule) -> _Run:
        """Read what waits and what is closed, each with one query."""
        here, waiting = {"enterprise__in": members}, defaultdict(list)
        proposed = Correction.objects.filter(**here, status=Status.PROPOSED, start__lt=end, end__gt=start)
        for item, stat_type, first, last in proposed.values_list("data_item_id", "stat_type", "start", "end"):
            waiting[item, stat_type].append((first, last))
        months = ClosedMonth.objects.filter(**here, status=MonthStatus.CLOSED, month__in=months_of(start, end))
        closed = frozenset(months.values_list("enterprise_id", "month"))
        return cls(store, start, end, rule, waiting, closed)

    def why_not(self, item: DataItem, stat_type: int, start: datetime, end: datetime) -> TooThin | None:
        """Say why a gap is left to a person, before any estimate."""
        if any(first < end and last > start for first, last in self.waiting.get((item.pk, stat_type), ())):
            return TooThin("proposed-already", "已有待审批的补正", "a proposal waits already")
        if any((item.enterprise_id, month) in self.closed for month in months_of(start, end)):
            return TooThin("month-closed", "该月已封账", "the month is closed")
        if end - start > timedelta(hours=self.rule.max_gap_hours):
            return TooThin("gap-too-long", "缺口超过规则长度", "the gap is longer than the rule allows")
        return None


def _keep(actor: Actor, account: Account, now: datetime, done: Proposed, reason: str) -> None:
    """Save all proposals of a run, with one line in the audit trail that says how many."""
    with transaction.atomic():
        Correction.objects.bulk_create(done.corrections, batch_size=500)
        record(
            actor=actor, now=now, action="corrections-proposed-by-rule", object_type="correction",
            object_key=account.username, region_path=account.region_path, reason=reason,
            after={"proposed": len(done.corrections), "gaps": done.gaps, **done.left},
        )  # fmt: skip


def _all_gaps(run: _Run, members: Sequence[Enterprise]) -> Iterator[Draft]:
    """Yield a draft for every gap that the rule can fill, a hundred series of one slot length at a time."""
    items = DataItem.objects.filter(enterprise__in=members, active=True).exclude(energy_key="")
    items = list(items.select_related("enterprise__region").order_by("realtime_minutes", "pk"))
    for stat_type in (0, 1):
        due = [item for item in items if str(stat_type) in item.stat_types]
        for _minutes, alike in groupby(due, key=lambda item: item.realtime_minutes):
            same = list(alike)
            for i in range(0, len(same), ITEMS_AT_ONCE):
                yield from _gaps_of(run, same[i : i + ITEMS_AT_ONCE], stat_type)


def _gaps_of(run: _Run, items: Sequence[DataItem], stat_type: int) -> Iterator[Draft]:
    """Look at the span first, and read the weeks before it only of items that miss something there."""
    by_id, minutes = {item.pk: item for item in items}, items[0].realtime_minutes
    found = read_series(
        run.store, data_item_ids=list(by_id), stat_type=stat_type, start=run.start, end=run.end, minutes=minutes
    )
    ids = found.item_ids[np.isnan(found.value).any(axis=1)].tolist()
    if not ids:
        return
    first, last = context_span(stat_type, run.start, run.end)
    wide = read_series(run.store, data_item_ids=ids, stat_type=stat_type, start=first, end=last, minutes=minutes)
    for row, pk in enumerate(wide.item_ids):
        yield from _gaps(run, by_id[int(pk)], stat_type, wide, row)


def _gaps(run: _Run, item: DataItem, stat_type: int, series: Series, row: int) -> Iterator[Draft]:
    """Yield a draft for each gap of one series that a method can fill; the others are counted with the reason."""
    value = series.value[row]
    known = np.flatnonzero(~np.isnan(value))
    window = Window(item, stat_type, series.starts, value, np.zeros(len(value), dtype=bool))
    missing = window.within(run.start, run.end) & np.isnan(value)
    missing[: known[0] if len(known) else len(missing)] = False  # before the first value nothing was due
    for first, last in runs(missing):
        run.done.gaps += 1
        wanted = np.zeros(len(value), dtype=bool)
        wanted[first:last] = True
        gap = replace(window, wanted=wanted)
        span = (
            instant(series.starts[first]),
            slot_end(stat_type, instant(series.starts[last - 1]), item.realtime_minutes),
        )
        made = run.why_not(item, stat_type, *span) or _first(run, gap)
        if isinstance(made, TooThin):
            run.done.leave(made.code, made.reason_zh, made.reason_en)
        else:
            yield _draft(gap, made, series.state[row], span)


def _first(run: _Run, gap: Window) -> Estimate | TooThin:
    """Give the estimate of the first method that has a basis, else why the last one has none."""
    minutes = gap.item.realtime_minutes if gap.stat_type == 0 else 1440
    longest = run.rule.linear_max_minutes // minutes
    made: Estimate | TooThin = TooThin("no-method", "规则没有可用的方法", "the rule has no method")
    for method in run.rule.methods:
        made = estimate(store=run.store, window=gap, method=method, linear_max_slots=longest)
        if isinstance(made, Estimate):
            return replace(made, method=method)
    return made


def _draft(gap: Window, made: Estimate, state: npt.NDArray[np.uint8], span: tuple[datetime, datetime]) -> Draft:
    slots = [
        Slot(instant(gap.starts[i]), None, None if state[i] == NO_ROW else int(state[i]), float(made.values[i]), True)
        for i in np.flatnonzero(gap.wanted)
    ]
    return Draft(gap.item, gap.stat_type, *span, made.method, slots, made.basis)


def reasons_left(done: Proposed, language: str) -> Mapping[str, int]:
    """Give the gaps left by reason, in the language of the page."""
    return {done.words[code][0 if language == "zh" else 1]: count for code, count in done.left.most_common()}
