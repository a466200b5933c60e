"""``uploadDigest`` (ours), on the side of the platform above: say what is here of the same days, keep what differs."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from nenghao.hub.chain.details import keep_told, wire_items
from nenghao.hub.chain.digests import (
    MOST_DAYS,
    MOST_ENTERPRISES,
    Digest,
    DigestAnswer,
    Digests,
    DigestUpload,
    WireEnterprise,
    WireItem,
    digests,
    keep_days,
)
from nenghao.hub.chain.models import ReceivedDay
from nenghao.hub.intake.calls import Call
from nenghao.hub.intake.snapshot import Sender
from nenghao.protocol import MessageError, refuse
from nenghao.protocol.messages import RECEIVED, SUCCESS
from nenghao.readings.forwarding import Coverage, sender_batch


def upload_digest(call: Call) -> DigestAnswer:
    """Answer a platform below (or a device) with our own digests of the same enterprises and days."""
    message = _decode(call.body)
    sender = call.approved(message.device_id)
    start, end = _days(message)
    known = _known(call, sender, message)
    coverage = Coverage(
        tuple(known), tuple(pk for pk, one in known.items() if one.realtime),
        "".join(digit for digit in "123" if digit in message.stat_types),
    )  # fmt: skip
    own = digests(call.snapshot.store, coverage=coverage, start=start, end=end) if known else {}
    if sender.platform_pk is not None and known and not message.items:
        theirs = _theirs(known, start, end)
        keep_days(
            ReceivedDay, sender.platform_pk, own.keys() | theirs.keys(), own=own, other=theirs, now=call.received_at
        )
    items = _items(call, sender, message, known, coverage, (start, end)) if message.items and known else []
    call.log(SUCCESS, RECEIVED)  # once nothing can be refused any more
    return DigestAnswer(
        response_code=SUCCESS, response_message=RECEIVED, items=items, enterprises=_said(message, known, own),
        last_batch=sender_batch(call.snapshot.store, platform_id=sender.platform_pk, device_id=sender.device_pk),
    )  # fmt: skip


def _decode(body: bytes) -> DigestUpload:
    try:
        message = msgspec.json.decode(body, type=DigestUpload)
    except UnicodeDecodeError:
        raise MessageError(refuse("body-not-utf8")) from None
    except (msgspec.ValidationError, RecursionError) as error:
        raise MessageError(refuse("message-type", more=error)) from None
    except msgspec.DecodeError:
        raise MessageError(refuse("json-malformed")) from None
    if len(message.enterprises) > MOST_ENTERPRISES:
        raise MessageError(
            refuse("too-many-records", field="enterprises", value=len(message.enterprises), more=MOST_ENTERPRISES)
        )
    return message


def _days(message: DigestUpload) -> tuple[date, date]:
    try:
        start, end = date.fromisoformat(message.start), date.fromisoformat(message.end)
    except ValueError:
        raise MessageError(refuse("date-malformed", field="start, end", value=message.start)) from None
    if not start <= end <= start + timedelta(days=MOST_DAYS):
        raise MessageError(refuse("value-range", field="start, end", value=f"{start}…{end}"))
    return start, end


def _known(call: Call, sender: Sender, message: DigestUpload) -> dict[int, WireEnterprise]:
    """Give the enterprises of the message that the sender may speak of, by key."""
    found: dict[int, WireEnterprise] = {}
    for one in message.enterprises:
        pk = sender.enterprise_pk if one.enterprise_code == sender.enterprise_code else None
        if sender.platform_pk is not None:
            here = call.snapshot.for_enterprise(sender, one.enterprise_code)
            pk = here.enterprise_pk if here else None
        if pk is not None:
            found[pk] = one
    return found


def _theirs(known: dict[int, WireEnterprise], start: date, end: date) -> Digests:
    found: Digests = {}
    for pk, one in known.items():
        for sent in one.days:
            try:
                day = date.fromisoformat(sent.day)
            except ValueError:
                raise MessageError(refuse("date-malformed", field="days.day", value=sent.day)) from None
            if start <= day < end:
                found[pk, day] = Digest.of(sent)
    return found


def _items(  # noqa: PLR0917 -- all that the call knows of the days
    call: Call, sender: Sender, message: DigestUpload, known: dict[int, WireEnterprise], coverage: Coverage,
    span: tuple[date, date],
) -> list[WireItem]:  # fmt: skip
    """Give our items of these days; keep where they differ from what the platform below says of its own."""
    codes = {pk: one.enterprise_code for pk, one in known.items()}
    items = wire_items(call.snapshot.store, coverage, codes, *span)
    if sender.platform_pk is not None:
        _theirs(known, *span)  # refuses what is not a day
        keep_told(sender.platform_pk, known, items, message.own_items)
    return items


def _said(message: DigestUpload, known: dict[int, WireEnterprise], own: Digests) -> list[WireEnterprise]:
    days: dict[int, list[tuple[date, Digest]]] = {}
    for (pk, day), digest in own.items():
        days.setdefault(pk, []).append((day, digest))
    said = {
        one.enterprise_code: WireEnterprise(
            one.enterprise_code,
            one.realtime,
            True,
            [digest.wire(day) for day, digest in days.get(pk, ())],
        )
        for pk, one in known.items()
    }
    return [
        said.get(one.enterprise_code) or WireEnterprise(one.enterprise_code, known=False) for one in message.enterprises
    ]
