"""What a gateway of dialect B sends: bodies checked by the field table; the caller does the sockets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from nenghao.periods import wall
from nenghao.protocol.messages import EnergyRecord
from nenghao.protocol.yunnan.codes import to_wire_code
from nenghao.protocol.yunnan.fields import check_fields
from nenghao.protocol.yunnan.operations import OPERATIONS


class Versions(NamedTuple):
    """The versions that ``checkVersion`` told; every body carries them."""

    reg_version: str = ""
    dic_version: str = ""


NO_VERSIONS = Versions()
INVALID = ("0", 0)
"""What means invalid to a caller here; left out is valid."""


def build_body(path: str, enterprise_code: str, fields: Mapping[str, str], versions: Versions = NO_VERSIONS) -> bytes:
    """Build the body of the operation at ``path``; raise what the field table refuses. Empty fields are left out.

    >>> build_body("checkVersion", "91530000MA00000000", {})
    b'{"enterpriseCode":"91530000MA00000000"}'
    """
    told = {"regVersion": versions.reg_version, "dicVersion": versions.dic_version}
    body = {"enterpriseCode": enterprise_code, **{name: text for name, text in {**fields, **told}.items() if text}}
    operation = OPERATIONS[path]
    checked = check_fields(operation, body)
    return msgspec.json.encode(body | checked)


def energy_fields(
    record: EnergyRecord, *, upload_date: datetime, convert_ratio: str = "", remark: str = ""
) -> dict[str, str]:
    """Give the fields of ``dataEnterpriseEnergy`` of a record of dialect A; ``upload_date`` (aware) is of this attempt.

    The number in ``data_value`` is written by :func:`~nenghao.protocol.yunnan.wire_value`, whose ``remark`` goes along;
    ``convert_ratio`` (折标系数, the wire's ``convertRation``) is left out where it has more than ten characters.
    """
    return {
        "dataCode": to_wire_code(record.data_code), "dataValue": str(record.data_value),
        "convertRation": convert_ratio if len(convert_ratio) <= 10 else "",
        "valid": "0" if record.valid in INVALID else "1",
        "scope": str(record.scope), "inputType": str(record.input_type), "statType": str(record.stat_type),
        "statDate": record.stat_date, "uploadDate": f"{wall(upload_date):%Y-%m-%d %H:%M:%S}", "remark": remark,
    }  # fmt: skip
