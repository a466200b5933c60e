"""One call of a gateway: what came in, who sent it, what is answered, and the entry in the upload log."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings

from nenghao.errors import NenghaoError
from nenghao.hub.intake.guard import admit, weigh
from nenghao.hub.intake.snapshot import Sender, Snapshot
from nenghao.protocol import Checked, MessageError, Rejection, refuse
from nenghao.protocol.messages import FAILURE, RECEIVED, SUCCESS, UploadAnswer
from nenghao.readings import ReadingBatch, RejectedRecord

logger = structlog.get_logger(__name__)
DURABLE_TIMEOUT_S = 60.0
_REFUSED_STATES = {"pending": "device-unapproved", "refused": "device-revoked", "revoked": "device-revoked"}


class MustWaitError(Exception):
    """Going on could make the caller wait, and that caller must not: a call with ``may_wait`` false."""


@dataclass(slots=True)
class Outcome:
    """What an upload came to before it is kept: the batch to store (``None``: not logged) and the answer for then."""

    answer: UploadAnswer
    batch: ReadingBatch | None


@dataclass(slots=True)
class Call:
    """A request on its way through an operation. ``device_pk`` and ``enterprise_pk`` are set once they are known,
    ``backlog`` and ``clock_offset_s`` [s] where the gateway tells them; ``meta`` is the WSGI environment (headers).
    """

    operation: str
    body: bytes
    received_at: datetime
    remote_address: str
    base_url: Callable[[], str]
    snapshot: Snapshot
    meta: Mapping[str, Any] = field(default_factory=dict)
    device_pk: int | None = None
    platform_pk: int | None = None
    enterprise_pk: int | None = None
    size_bytes: int = 0
    backlog: int | None = None
    clock_offset_s: float | None = None
    started: float = field(default_factory=time.perf_counter)
    is_approved: bool = False
    """Whether it comes from an approved device."""
    may_wait: bool = True
    """Whether it is served on a thread of its own; on the event loop nobody may look into the database."""
    is_admitted: bool = False
    is_weighed: bool = False
    """A call that is begun anew, because it could not be finished on the event loop, counts once."""
    unknown_enterprise: Callable[[Sender], object] | None = None
    """What to do when a platform below names an enterprise that is not known: it may make it known."""

    def sender(self, device_id: str) -> Sender:
        """Give the device that sends; raise ``device-unknown`` for one that never registered."""
        version = self.snapshot.version
        sender = self._known(device_id)
        if not self.is_admitted:
            sender = self._admitted(sender, version)
        self.is_approved = sender.status not in _REFUSED_STATES
        return sender

    def _admitted(self, sender: Sender, version: int) -> Sender:
        try:
            admit(self.meta, self.body, sender, now=self.received_at)
        except MessageError:
            if not self.has_news(version) or self._known(sender.device_id).trust == sender.trust:
                raise
            sender = self._known(sender.device_id)  # another process has just changed its keys
            admit(self.meta, self.body, sender, now=self.received_at)
        self.is_admitted = True
        return sender

    def has_news(self, version: int) -> bool:
        """Look whether the registry is newer than ``version``; raise :class:`MustWaitError` where nobody may wait."""
        if not self.may_wait:
            raise MustWaitError
        return self.snapshot.refresh(version)

    def weigh(self, sender: Sender, count: int) -> None:
        """Count the records of a batch, or refuse it with ``too-many-requests``."""
        if not self.is_weighed:
            weigh(sender, count)
            self.is_weighed = True

    def _known(self, device_id: str) -> Sender:
        version = self.snapshot.version
        sender = self.snapshot.device(device_id)
        if sender is None and self.has_news(version):
            sender = self.snapshot.device(device_id)
        if sender is None:
            raise MessageError(refuse("device-unknown", field="deviceId", value=device_id))
        self.device_pk, self.platform_pk, self.enterprise_pk = (
            sender.device_pk, sender.platform_pk, sender.enterprise_pk,
        )  # fmt: skip
        return sender

    def approved_sender(self, device_id: str, enterprise_code: str) -> Sender:
        """Give the device that sends, if it may: approved, and of the enterprise that it names."""
        version = self.snapshot.version
        sender = self.sender(device_id)
        if sender.platform_pk is None and sender.enterprise_code != enterprise_code:
            raise MessageError(refuse("enterprise-mismatch", field="enterpriseCode", value=enterprise_code))
        if sender.status in _REFUSED_STATES and self.has_news(version):
            sender = self._known(device_id)  # admitted already: a signature counts once
            self.is_approved = sender.status not in _REFUSED_STATES
        if sender.status in _REFUSED_STATES:
            raise MessageError(refuse(_REFUSED_STATES[sender.status], field="deviceId"))
        return sender if sender.platform_pk is None else self.of_enterprise(sender, enterprise_code)

    def approved(self, device_id: str) -> Sender:
        """Give the device or platform that sends, if it is approved; the message is not about one enterprise."""
        sender = self.sender(device_id)
        if sender.status in _REFUSED_STATES:
            raise MessageError(refuse(_REFUSED_STATES[sender.status], field="deviceId"))
        return sender

    def of_enterprise(self, platform: Sender, enterprise_code: str) -> Sender:
        """Give a platform below as the sender of one enterprise of its region, else refuse."""
        version = self.snapshot.version
        found = self.snapshot.for_enterprise(platform, enterprise_code)
        if found is None and self.unknown_enterprise is not None:
            self.unknown_enterprise(platform)
        if found is None and self.has_news(version):
            found = self.snapshot.for_enterprise(platform, enterprise_code)
        if found is None:
            raise MessageError(refuse("enterprise-not-below", field="enterpriseCode", value=enterprise_code))
        self.enterprise_pk = found.enterprise_pk
        return found

    def log(
        self, code: str, message: str, rejections: Sequence[Rejection] = (), columns: Checked | None = None
    ) -> int | None:
        """Write the entry (and the readings) durably; give the batch number, ``None`` where it is not kept."""
        return self.keep(self.entry(code, message, rejections, columns))

    def keep(self, batch: ReadingBatch | None) -> int | None:
        """Write an entry durably; give its number."""
        return None if batch is None else self.snapshot.store.submit(batch).result(DURABLE_TIMEOUT_S)

    def entry(
        self, code: str, message: str, rejections: Sequence[Rejection] = (), columns: Checked | None = None
    ) -> ReadingBatch | None:
        """Make the entry of the upload log, with the readings.

        Of callers that are not approved, and so need no right to call, only so many entries a minute are kept per
        address (``NENGHAO_UNAPPROVED_LOGGED_PER_MINUTE``), so that nobody can fill the disk; then ``None``.
        """
        if not self.is_approved:
            limit = settings.NENGHAO_UNAPPROVED_LOGGED_PER_MINUTE
            if not self.snapshot.unapproved.allows(self.remote_address, limit):
                return None
        readings = {} if columns is None else {
            "data_item_id": columns.item_id, "stat_type": columns.stat_type, "period_start": columns.period_start,
            "value": columns.value, "state": columns.state, "input_type": columns.input_type,
            "start_offset_s": columns.start_offset_s,
        }  # fmt: skip
        return ReadingBatch(
            received_at=self.received_at, device_id=self.device_pk, platform_id=self.platform_pk,
            enterprise_id=self.enterprise_pk, operation=self.operation, remote_address=self.remote_address,
            response_code=code, response_message=message, size_bytes=self.size_bytes,
            duration_ms=1000 * (time.perf_counter() - self.started),
            rejections=[_log_row(rejection) for rejection in rejections], backlog=self.backlog,
            clock_offset_s=self.clock_offset_s, **readings,
        )  # fmt: skip


def settle(call: Call, accepted: int, rejections: list[Rejection], columns: Checked | None = None) -> UploadAnswer:
    """Log an upload durably and give its answer."""
    outcome = outcome_of(call, accepted, rejections, columns)
    outcome.answer.batch = call.keep(outcome.batch)
    return outcome.answer


def outcome_of(call: Call, accepted: int, rejections: list[Rejection], columns: Checked | None = None) -> Outcome:
    """Give what an upload came to: ``"0"`` if anything was kept or nothing was refused, else ``"1"``."""
    ok = bool(accepted) or not rejections
    code, message = SUCCESS if ok else FAILURE, RECEIVED
    if rejections:
        first = rejections[0]
        said = f"{first.message_zh} / {first.message_en}"
        message = f"{RECEIVED}: 接收 {accepted} 条，拒绝 {len(rejections)} 条: {said}" if ok else said
    answer = UploadAnswer(response_code=code, response_message=message, accepted=accepted, rejected=rejections)
    return Outcome(answer, call.entry(code, message, rejections, columns))


def refused(call: Call, error: NenghaoError) -> UploadAnswer:
    """Log a call of which nothing was kept, and give its answer."""
    rejection = error.rejection if isinstance(error, MessageError) else as_rejection(error)
    message = f"{rejection.message_zh} / {rejection.message_en}; {rejection.mend_zh} / {rejection.mend_en}"
    try:
        batch = call.log(FAILURE, message, [rejection])
    except Exception:  # the log itself may be what fails: the gateway still gets its answer
        logger.exception("intake-log-failed", operation=call.operation)
        batch = None
    return UploadAnswer(
        response_code=FAILURE, response_message=message, accepted=0, rejected=[rejection], batch=batch,
        retry_after=getattr(error, "retry_after_s", None),
    )  # fmt: skip


def as_rejection(error: NenghaoError) -> Rejection:
    """Give an error of any part of the program as the reason of a refusal."""
    return Rejection(
        index=-1, code=error.code, field=error.field, message_zh=error.message_zh, message_en=error.message_en,
        mend_zh=error.mend_zh, mend_en=error.mend_en,
    )  # fmt: skip


def _log_row(rejection: Rejection) -> RejectedRecord:
    return RejectedRecord(
        record_no=rejection.index, code=rejection.code, message_zh=rejection.message_zh,
        message_en=rejection.message_en, data_code=rejection.data_code, stat_type=rejection.stat_type,
        stat_date=rejection.stat_date, field=rejection.field, mend_zh=rejection.mend_zh, mend_en=rejection.mend_en,
    )  # fmt: skip
