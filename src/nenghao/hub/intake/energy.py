"""``uploadEnergyData``: the hot path from a body to durable readings."""

from __future__ import annotations

from nenghao.hub.intake.calls import Call, settle
from nenghao.hub.intake.guard import weigh
from nenghao.hub.intake.snapshot import Sender
from nenghao.protocol import Checked, Rejection, Upload, check_records, decode_upload, decrypt_upload
from nenghao.protocol.messages import UploadAnswer


def upload_energy_data(call: Call) -> UploadAnswer:
    """Keep the good records of a batch durably and answer why the others were refused."""
    upload = decode_upload(call.body)
    sender = call.approved_sender(upload.device_id, upload.enterprise_code)
    weigh(sender, len(upload.records))
    decrypt_upload(upload, sender.profile, *sender.trust.secret_keys(call.received_at.timestamp()))
    call.backlog, call.clock_offset_s = upload.backlog, upload.clock_offset_s(call.received_at)
    checked = _check(call, upload, sender)
    rejections = sorted(upload.rejections + checked.rejections, key=_by_index)
    return settle(call, len(checked.item_id), rejections, checked)


def _check(call: Call, upload: Upload, sender: Sender) -> Checked:
    """Check the records; where an item is unknown, look whether another process has just configured it."""
    version = call.snapshot.version
    checked = _once(call, upload, sender)
    unknown = any(rejection.code == "data-code-unknown" for rejection in checked.rejections)
    if unknown and call.snapshot.refresh(version):
        return _once(call, upload, sender)
    return checked


def _once(call: Call, upload: Upload, sender: Sender) -> Checked:
    rules = call.snapshot.rules(sender.enterprise_pk, with_retired=sender.platform_pk is not None)
    return check_records(upload.records, rules, now=call.received_at, profile=sender.profile)


def _by_index(rejection: Rejection) -> int:
    return rejection.index
