"""``uploadEnergyData``: the hot path from a body to durable readings."""

from __future__ import annotations

from nenghao.hub.intake.calls import Call, Outcome, outcome_of
from nenghao.hub.intake.snapshot import Sender
from nenghao.protocol import Checked, Rejection, Upload, check_records, decode_upload, decrypt_upload
from nenghao.protocol.messages import UploadAnswer


def upload_energy_data(call: Call) -> UploadAnswer:
    """Keep the good records of a batch durably and answer why the others were refused."""
    outcome = energy_outcome(call)
    outcome.answer.batch = call.keep(outcome.batch)
    return outcome.answer


def energy_outcome(call: Call) -> Outcome:
    """Check a batch: what is to be kept of it, and what is to be answered once that is durable."""
    upload = decode_upload(call.body)
    sender = call.approved_sender(upload.device_id, upload.enterprise_code)
    call.weigh(sender, len(upload.records))
    decrypt_upload(upload, sender.profile, *sender.trust.secret_keys(call.received_at.timestamp()))
    call.backlog, call.clock_offset_s = upload.backlog, upload.clock_offset_s(call.received_at)
    checked = _check(call, upload, sender)
    rejections = sorted(upload.rejections + checked.rejections, key=_by_index)
    return outcome_of(call, len(checked.item_id), rejections, checked)


def _check(call: Call, upload: Upload, sender: Sender) -> Checked:
    """Check the records; where an item is unknown, look whether another process has just configured it."""
    version = call.snapshot.version
    checked = _once(call, upload, sender)
    unknown = any(rejection.code == "data-code-unknown" for rejection in checked.rejections)
    if unknown and call.has_news(version):
        return _once(call, upload, sender)
    return checked


def _once(call: Call, upload: Upload, sender: Sender) -> Checked:
    rules = call.snapshot.rules(sender.enterprise_pk, with_retired=sender.platform_pk is not None)
    return check_records(upload.records, rules, now=call.received_at, profile=sender.profile)


def _by_index(rejection: Rejection) -> int:
    return rejection.index
