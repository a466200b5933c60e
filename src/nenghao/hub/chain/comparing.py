"""Comparison with the platform above: what days, in which messages, and what is sent again when they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

import msgspec
from django.db.models import Exists, F, OuterRef

from nenghao.errors import NenghaoError
from nenghao.hub.chain.digests import (
    MOST_DAYS,
    MOST_ENTERPRISES,
    Digest,
    DigestAnswer,
    Digests,
    DigestUpload,
    WireEnterprise,
    digests,
    keep_days,
)
from nenghao.hub.chain.link import keep
from nenghao.hub.chain.models import (
    ComparedDay,
    DayState,
    ForwardedDay,
    Refusal,
    RefusedKind,
    RepairReason,
    Upstream,
)
from nenghao.hub.chain.policy import Covered, coverage
from nenghao.hub.chain.repairs import ask_repairs
from nenghao.hub.chain.sending import Courier
from nenghao.periods import wall
from nenghao.protocol.messages import SUCCESS
from nenghao.readings import ReadingStore
from nenghao.readings.forwarding import reading_span, touched_days

WINDOW_DAYS = 7
"""Days before today that are compared every night, whether anything of them arrived or not."""
MAX_ATTEMPTS = 3
"""How often a day is sent again before a person must look; it starts anew when either side changes."""
Group = tuple[list[int], date, date]


def ask(courier: Courier, upstream: Upstream, message: DigestUpload) -> DigestAnswer:
    """Send ``uploadDigest`` and read the answer; what refuses it is raised."""
    body = courier.link.post("digest", msgspec.json.encode(message))
    try:
        answer = msgspec.json.decode(body, type=DigestAnswer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NenghaoError(
            "answer-unreadable", "上级平台的应答不是协议格式",
            "the answer of the platform above is not in the protocol's form", record=upstream.name,
        ) from error  # fmt: skip
    if answer.response_code != SUCCESS:
        said = answer.response_message
        raise NenghaoError("digest-refused", f"上级平台拒绝对账: {said}", f"the platform above refused: {said}")
    return answer


def has_lost(courier: Courier, upstream: Upstream) -> bool:
    """Tell whether the platform above has fewer batches of ours than it acknowledged (it was set back)."""
    if not upstream.upper_batch:
        return False
    today = date.today().isoformat()  # noqa: DTZ011 -- no day is asked for
    answer = ask(courier, upstream, DigestUpload(upstream.device_id, today, today))
    return answer.last_batch < upstream.upper_batch


def whole(store: ReadingStore, enterprises: dict[int, Covered]) -> tuple[date, date] | None:
    """Give the half-open span of all readings of these enterprises."""
    span = reading_span(store, enterprise_ids=enterprises) if enterprises else None
    return None if span is None else (span[0], span[1] + timedelta(days=1))


def due_groups(store: ReadingStore, upstream: Upstream, enterprises: dict[int, Covered], *, today: date) -> list[Group]:
    """Give what must be compared: the days that batches touched since, the last week, what differed, what was asked.

    Only days that are over are compared: of today, real-time slots may still be on their way.
    """
    places = {
        (row.enterprise_id, row.day)
        for row in touched_days(
            store, enterprise_ids=enterprises, after=upstream.compared_batch_id, until=upstream.batch_id, end=today
        )
    }
    places |= {
        (pk, day)
        for pk, day in ForwardedDay.objects.filter(upstream=upstream, attempts__lt=MAX_ATTEMPTS)
        .exclude(state=DayState.EQUAL)
        .values_list("enterprise_id", "day")
        if pk in enterprises
    }
    groups = list(_by_month(places))
    groups += _span(enterprises, today - timedelta(days=WINDOW_DAYS), today)
    if upstream.compare_from is not None and upstream.compare_until is not None:
        groups += _span(enterprises, upstream.compare_from, min(upstream.compare_until, today))
    return groups


def compare(
    store: ReadingStore,
    courier: Courier,
    upstream: Upstream,
    enterprises: dict[int, Covered],
    groups: Iterable[Group],
    *,
    now: datetime,
) -> list[ComparedDay]:
    """Compare groups of enterprises and days with the platform above; give the rows that are not equal."""
    unequal: list[ComparedDay] = []
    for pks, start, end in groups:
        chosen = {pk: enterprises[pk] for pk in pks if pk in enterprises}
        if not chosen:
            continue
        own = digests(store, coverage=coverage(upstream, chosen), start=start, end=end)
        answer = ask(courier, upstream, _message(upstream, chosen, own, start, end))
        theirs = _theirs(answer, chosen)
        rows = keep_days(ForwardedDay, upstream.pk, own.keys() | theirs.keys(), own=own, other=theirs, now=now)
        unequal += [row for row in rows if row.state != DayState.EQUAL]
    return unequal


def mend(upstream: Upstream, unequal: Sequence[ComparedDay], *, now: datetime) -> list[tuple[int, date]]:
    """Have days that differ sent again, unless that was tried often enough; give them."""
    places = [(row.enterprise_id, row.day) for row in unequal if row.attempts < MAX_ATTEMPTS and row.has_own]
    ask_repairs(upstream, places, reason=RepairReason.DIFFERENCE, now=now)
    for month_pks, start, end in _by_month(set(places)):
        rows = ForwardedDay.objects.filter(
            upstream=upstream, enterprise_id__in=month_pks, day__gte=start, day__lt=end
        ).exclude(state=DayState.EQUAL)
        rows.update(attempts=F("attempts") + 1)
    return places


def settle(upstream: Upstream, *, until: int, today: date) -> None:
    """Note how far the comparison has come."""
    upstream.compared_batch_id, upstream.compared_on = until, today
    upstream.compare_from = upstream.compare_until = None
    keep(upstream, "compared_batch_id", "compared_on", "compare_from", "compare_until")
    _forget_settled(upstream)


def _forget_settled(upstream: Upstream) -> None:
    """Forget refusals of readings whose days have become equal since: the platform above has taken them."""
    days = ForwardedDay.objects.filter(upstream=upstream, enterprise_id=OuterRef("enterprise_id"))
    of_it = days.filter(day__gte=OuterRef("first_day"), day__lte=OuterRef("last_day"))
    Refusal.objects.filter(
        ~Exists(of_it.exclude(state=DayState.EQUAL)),
        Exists(days.filter(day=OuterRef("last_day"), compared_at__gte=OuterRef("refused_at"))),
        upstream=upstream, kind=RefusedKind.READINGS,
    ).delete()  # fmt: skip


def by_place(places: Iterable[tuple[int, date]]) -> list[Group]:
    """Give groups that cover these days."""
    return list(_by_month(set(places)))


def _message(upstream: Upstream, chosen: dict[int, Covered], own: Digests, start: date, end: date) -> DigestUpload:
    days: dict[int, list[tuple[date, Digest]]] = {}
    for (pk, day), digest in own.items():
        days.setdefault(pk, []).append((day, digest))
    return DigestUpload(
        device_id=upstream.device_id, start=start.isoformat(), end=end.isoformat(), stat_types=upstream.stat_types,
        enterprises=[
            WireEnterprise(one.code, one.sends_realtime(upstream), True, [d.wire(day) for day, d in days.get(pk, ())])
            for pk, one in chosen.items()
        ],
    )  # fmt: skip


def _theirs(answer: DigestAnswer, chosen: dict[int, Covered]) -> Digests:
    keys = {one.code: pk for pk, one in chosen.items()}
    return {
        (keys[one.enterprise_code], date.fromisoformat(sent.day)): Digest.of(sent)
        for one in answer.enterprises
        if one.enterprise_code in keys
        for sent in one.days
    }


def _span(enterprises: dict[int, Covered], start: date, end: date) -> Iterator[Group]:
    pks = sorted(enterprises)
    while start < end:
        until = min(end, start + timedelta(days=WINDOW_DAYS))
        for at in range(0, len(pks), MOST_ENTERPRISES):
            yield pks[at : at + MOST_ENTERPRISES], start, until
        start = until


def _by_month(places: set[tuple[int, date]]) -> Iterator[Group]:
    """Gather days into spans inside a month, of at most so many enterprises."""
    months: dict[date, list[tuple[int, date]]] = {}
    for pk, day in places:
        months.setdefault(day.replace(day=1), []).append((pk, day))
    for month in sorted(months):
        rows = months[month]
        start, end = min(day for _, day in rows), max(day for _, day in rows) + timedelta(days=1)
        assert (end - start).days <= MOST_DAYS
        pks = sorted({pk for pk, _ in rows})
        for at in range(0, len(pks), MOST_ENTERPRISES):
            yield pks[at : at + MOST_ENTERPRISES], start, end


def beijing_day(now: datetime) -> date:
    """Give the day in Beijing."""
    return wall(now).date()
