"""The registration form of dialect B and the PIN, from the configuration; neither is ever logged."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from pathlib import Path

from nenghao.drivers.toml_file import config_error
from nenghao.edge.config import EdgePlan
from nenghao.edge.destinations import DestinationPlan
from nenghao.protocol.yunnan import message_fields

PICTURES = ("license", "organization")
"""Fields whose value in the configuration is the path of a file."""


def pin_of(plan: EdgePlan, to: DestinationPlan) -> str:
    """Give the PIN: of the environment (``NENGHAO_PIN_<ID>``), of ``pin_file``, or of the configuration itself."""
    section = to.section
    found = os.environ.get(f"NENGHAO_PIN_{re.sub('[^A-Za-z0-9]', '_', to.id).upper()}", "")
    if not found and section.pin_file:
        found = _read(plan, to, "pin_file", section.pin_file).decode("ascii", "replace").strip()
    found = found or section.pin
    if not re.fullmatch(r"\d{6}", found, re.ASCII):
        raise config_error(
            plan.path, f"destination {to.id}: pin", "PIN 须为 6 位数字", "the PIN must be six digits",
            mend_zh="写入 pin_file 指向的文件，或环境变量 NENGHAO_PIN_…",
            mend_en="put it into the file that pin_file names, or into NENGHAO_PIN_…",
        )  # fmt: skip
    return found


def form_of(plan: EdgePlan, to: DestinationPlan) -> dict[str, str]:
    """Give the fields of the form: what ``[enterprise]`` says, over it what the destination's ``form`` says."""
    said = plan.config.enterprise
    known = {
        "isorg": "0", "cmpName": said.name, "typeCode": said.type_code, "industryCode": said.industry_code,
        "energyConsumeLevel": said.energy_consume_level, "latitude": said.latitude, "longitude": said.longitude,
        "phone": said.phone, "center": str(int(said.center)), "jgzh": str(int(said.jgzh)), "address": said.address,
        "fieldCode": said.field_code, "corporationName": said.corporation_name,
        "leadingProduct": said.leading_product, "productionLine": said.production_line, "remark": said.remark,
    } | to.section.form  # fmt: skip
    unknown = known.keys() - message_fields("enterpriseInfo/apply").keys()
    if unknown:
        raise config_error(
            plan.path, f"destination {to.id}: form.{min(unknown)}", "注册申请没有这个字段",
            "the registration form has no such field", mend_zh="字段名见 docs/protocol-yunnan.md",
            mend_en="the names are in docs/protocol-yunnan.md",
        )  # fmt: skip
    pictures = {
        name: base64.b64encode(_read(plan, to, f"form.{name}", known[name])).decode()
        for name in PICTURES
        if known.get(name)
    }
    return {name: text for name, text in (known | pictures).items() if text}


def fingerprint(form: dict[str, str]) -> str:
    """Change exactly with the form."""
    return hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()[:16]


def _read(plan: EdgePlan, to: DestinationPlan, key: str, name: str) -> bytes:
    path = Path(plan.folder / name)
    try:
        return path.read_bytes()
    except OSError as error:
        raise config_error(
            plan.path, f"destination {to.id}: {key}", f"文件不能读取（{error}）", f"the file cannot be read ({error})",
            mend_zh="检查路径和权限", mend_en="check path and permissions",
        ) from None  # fmt: skip
