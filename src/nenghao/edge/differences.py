"""Where the configuration file and what a platform holds of it do not agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from nenghao.edge.config import EdgePlan
from nenghao.edge.destinations import DestinationPlan
from nenghao.edge.messages import config_body, metering_body
from nenghao.protocol.recovery import ConfigDownload, parse_config_download

Fields = Mapping[str, Any]
_LISTS = (
    ("collect_item_config", "采集数据项", "item", ("dataCode", "statType")),
    ("process", "生产工序", "process", ("processCode",)),
    ("process_unit", "工序单元", "process unit", ("code",)),
    ("meters", "计量器具", "instrument", ("manageCode", "dataCode")),
)


def differences(plan: EdgePlan, to: DestinationPlan, held: ConfigDownload) -> list[str]:
    """Compare field by field what the file would send with what the platform holds; only what the file fills counts."""
    own = _as_downloaded(plan, to)
    found = list(_fields("用能单位", "enterprise", _plain(own.enterprise), _plain(held.enterprise)))
    for name, zh, en, keys in _LISTS:
        found += _rows(zh, en, _by(getattr(own, name), keys), _by(getattr(held, name), keys))
    return found


def _as_downloaded(plan: EdgePlan, to: DestinationPlan) -> ConfigDownload:
    """Give the file's configuration in the form of a download."""
    sent: dict[str, Any] = {"responseCode": "0", "responseMessage": ""}
    for body in (metering_body(plan, to, ""), config_body(plan, to, "")):
        sent |= msgspec.json.decode(body)
    return parse_config_download(msgspec.json.encode(sent), to.profile)


def _rows(zh: str, en: str, own: Mapping[str, Fields], held: Mapping[str, Fields]) -> Iterator[str]:
    for key in sorted(own.keys() - held.keys()):
        yield f"{zh} {key}: 平台没有 / {en} {key}: not on the platform"
    for key in sorted(held.keys() - own.keys()):
        yield f"{zh} {key}: 配置文件没有 / {en} {key}: not in the configuration file"
    for key in sorted(own.keys() & held.keys()):
        yield from _fields(f"{zh} {key}", f"{en} {key}", own[key], held[key])


def _fields(zh: str, en: str, own: Fields, held: Fields) -> Iterator[str]:
    for name, value in own.items():
        other = held.get(name, "")
        if value and value != other:
            yield (
                f"{zh} {name}: 配置文件为「{value}」，平台为「{other}」 / "
                f"{en} {name}: {value!r} in the file, {other!r} on the platform"
            )


def _by(rows: Iterable[msgspec.Struct], keys: tuple[str, ...]) -> dict[str, Fields]:
    plain = [_plain(row) for row in rows]
    return {" ".join(str(fields.get(key, "")) for key in keys): fields for fields in plain}


def _plain(struct: msgspec.Struct | None) -> Fields:
    return {} if struct is None else msgspec.to_builtins(struct)
