"""Readings go upward: what batches behind the cursor touched, by enterprise, several bodies at once.

The cursor moves in one transaction after everything up to it is acknowledged. A crash before that sends the window
again: the same values for the same keys, so nothing is lost and nothing doubled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

import numpy as np
from django.db import transaction
from django.db.models import F

from nenghao.errors import NenghaoError
from nenghao.hub.chain.link import keep
from nenghao.hub.chain.models import Repair, RepairReason, Upstream
from nenghao.hub.chain.policy import Covered
from nenghao.hub.chain.registry_sync import OF_THE_ENTERPRISE, forget
from nenghao.hub.chain.sending import Courier, RefusedReadings
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.periods import BEIJING
from nenghao.protocol import Answer, EnergyRecord, WireState, build_energy_upload
from nenghao.readings import ReadingStore
from nenghao.readings.forwarding import Coverage, CurrentReadings, touched_readings, window_end

WINDOW_ROWS = 100_000
"""Readings looked at in one window: bounds memory and what a crash repeats."""
_STATES = tuple(state.word for state in WireState)
_KEYS_PER_QUERY = 5_000


@dataclass(frozen=True, slots=True)
class ItemWords:
    """What a record says of its item."""

    data_code: str
    scope: str
    factor: float


@dataclass(frozen=True, slots=True)
class Part:
    """Rows ``start`` to ``end`` of a set of readings: one body, of one enterprise."""

    readings: CurrentReadings
    start: int
    end: int
    enterprise_id: int
    enterprise_code: str


def send_windows(
    store: ReadingStore,
    courier: Courier,
    upstream: Upstream,
    enterprises: dict[int, Covered],
    coverage: Coverage,
    *,
    last: int,
    now: datetime,
    going: Callable[[], bool] = lambda: True,
) -> int:
    """Send window after window up to batch ``last`` while ``going()``; give the number of readings acknowledged."""
    sent = 0
    while upstream.batch_id < last and going():
        until = window_end(store, after=upstream.batch_id, last=last, rows=WINDOW_ROWS)
        readings = touched_readings(store, coverage=coverage, after=upstream.batch_id, until=until)
        refused = send_readings(courier, enterprises, readings, now=now)
        _move(courier, upstream, until=until, count=len(readings), refused=refused, now=now)
        sent += len(readings)
    return sent


def send_readings(
    courier: Courier, enterprises: dict[int, Covered], readings: CurrentReadings, *, now: datetime
) -> RefusedReadings:
    """Send readings, several bodies at once; give what was refused record by record."""
    refused = RefusedReadings()
    if not len(readings):
        return refused
    words = item_words(np.unique(readings.data_item_id).tolist())
    parts = _parts(readings, enterprises, courier.link.upstream.batch_records)
    for part, answer in zip(parts, courier.each(lambda part: _send(courier, part, words, now), parts), strict=True):
        _note(refused, part, answer)
    return refused


@transaction.atomic
def _move(
    courier: Courier, upstream: Upstream, *, until: int, count: int, refused: RefusedReadings, now: datetime
) -> None:
    """Everything up to batch ``until`` is acknowledged: move the cursor and keep what was refused, together."""
    refused.keep(upstream.pk, now)
    upstream.batch_id, upstream.upper_batch = until, courier.newest_batch
    upstream.forwarded_at = now if count else upstream.forwarded_at
    keep(upstream, "batch_id", "upper_batch", "forwarded_at")
    Upstream.objects.filter(pk=upstream.pk).update(forwarded_readings=F("forwarded_readings") + count)


def item_words(ids: Sequence[int]) -> dict[int, ItemWords]:
    """Give what the records say of their items, in a few queries."""
    found: dict[int, ItemWords] = {}
    for at in range(0, len(ids), _KEYS_PER_QUERY):
        rows = DataItem.objects.filter(pk__in=ids[at : at + _KEYS_PER_QUERY])
        for pk, data_code, scope, factor in rows.values_list("pk", "data_code", "scope", "wire_to_base"):
            found[pk] = ItemWords(data_code, str(scope), factor)
    return found


def _parts(readings: CurrentReadings, enterprises: dict[int, Covered], records: int) -> list[Part]:
    borders = np.flatnonzero(np.diff(readings.enterprise_id)) + 1
    starts, ends = [0, *borders.tolist()], [*borders.tolist(), len(readings)]
    return [
        Part(readings, at, min(at + records, end), pk, enterprises[pk].code)
        for start, end in zip(starts, ends, strict=True)
        for pk in (int(readings.enterprise_id[start]),)
        for at in range(start, end, records)
    ]


def _send(courier: Courier, part: Part, words: dict[int, ItemWords], now: datetime) -> Answer:
    upstream = courier.link.upstream
    body = build_energy_upload(
        _records(part, words, courier.link.profile.invalid_word, courier.link.profile.valid_word),
        courier.link.profile, secret_key=upstream.secret_key, device_id=upstream.device_id,
        enterprise_code=part.enterprise_code, upload_date=now,
    )  # fmt: skip
    try:
        return courier.upload("readings", body)
    except NenghaoError as error:
        if error.code in OF_THE_ENTERPRISE:  # the platform above has lost it: its configuration goes first, again
            error.record = part.enterprise_code
        raise


def _records(part: Part, words: dict[int, ItemWords], invalid: str, valid: str) -> list[EnergyRecord]:
    rows = slice(part.start, part.end)
    got = part.readings
    starts = np.char.replace(np.datetime_as_string(got.period_start[rows], unit="s"), "T", " ").tolist()
    columns = (
        got.data_item_id[rows].tolist(), got.stat_type[rows].tolist(), starts, got.value[rows].tolist(),
        got.state[rows].tolist(), got.input_type[rows].tolist(),
    )  # fmt: skip
    return [
        _record(words[item], stat_type, start, value, state, input_type, invalid if math.isnan(value) else valid)
        for item, stat_type, start, value, state, input_type in zip(*columns, strict=True)
    ]


def _record(  # noqa: PLR0917 -- the columns of one row, in their order
    item: ItemWords, stat_type: int, start: str, value: float, state: int, input_type: int, valid: str
) -> EnergyRecord:
    is_known = not math.isnan(value)
    return EnergyRecord(
        data_code=item.data_code, data_value=wire_number(value, item.factor) if is_known else "0",
        input_type=str(input_type if 1 <= input_type <= 7 else 7), stat_type=str(stat_type), stat_date=start,
        scope=item.scope, valid=valid, state=_STATES[state if is_known else WireState.MISSING],
    )  # fmt: skip


def wire_number(value: float, factor: float) -> str:
    """Write a value [base unit] in the wire's unit as the shortest decimal that gives the same double again.

    >>> wire_number(123.45, 1e4), wire_number(5.0, 1.0)
    ('0.012345', '5')
    """
    number = Decimal(repr(value))
    return format((number if factor == 1.0 else number / _decimal(factor)).normalize() + 0, "f")


@lru_cache(maxsize=64)
def _decimal(factor: float) -> Decimal:
    return Decimal(repr(factor))


def _note(refused: RefusedReadings, part: Part, answer: Answer) -> None:
    got = part.readings
    for rejection in answer.rejections:
        row = part.start + rejection.index
        if part.start <= row < part.end:
            refused.add(
                part.enterprise_id, int(got.data_item_id[row]), int(got.stat_type[row]), _day(got, row), rejection
            )


def _day(readings: CurrentReadings, row: int) -> date:
    moment: datetime = readings.period_start[row].astype("datetime64[s]").item()
    return moment.replace(tzinfo=BEIJING).date()


def lost_enterprise(upstream: Upstream, error: NenghaoError, now: datetime) -> None:
    """Send again, configuration first, all of an enterprise of which the platform above knows nothing any more."""
    known = Enterprise.objects.filter(code=error.record).first() if error.code in OF_THE_ENTERPRISE else None
    if known is not None:
        with transaction.atomic():
            forget(upstream, [known.code])
            Repair.objects.create(upstream=upstream, enterprise=known, reason=RepairReason.LOST, asked_at=now)
