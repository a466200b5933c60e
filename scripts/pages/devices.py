"""``docs/generated/devices.md``: the meter models that ship with nenghao, and every point with its source."""

from __future__ import annotations

from nenghao.drivers.templates import DeviceTemplate, device_template, template_keys

_WORDS = {"high": "高 high", "medium": "中 medium", "low": "低 low"}


def page() -> str:
    """Give the page."""
    models = {key: device_template(key) for key in template_keys()}
    lines = [
        "# 表计型号 Meter models",
        "",
        "由 `src/nenghao/drivers/devices/*.toml` 生成。地址为十进制、从 0 起，即线上所发。",
        "Generated from `src/nenghao/drivers/devices/*.toml`. Addresses are decimal, zero-based, as on the wire.",
        "Confirm a model on the device before use; how far each fact can be trusted stands beside it.",
        "",
        "| key | brand | model | energy point | points |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [f"| `{k}` | {t.brand} | {t.model} | `{t.energy_point}` | {len(t.points)} |" for k, t in models.items()]
    for key, template in models.items():
        lines += _model(key, template)
    return "\n".join(lines)


def _model(key: str, template: DeviceTemplate) -> list[str]:
    lines = ["", f"## {key}", "", f"{template.brand} {template.model}"]
    if template.note:
        lines += ["", template.note]
    lines += [
        "",
        "| point | kind | unit | function | address | type | scale | confidence | source and note |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for p in template.points:
        words = f"{p.source}{'; ' + p.note if p.note else ''}".replace("|", "\\|")
        order = "" if p.word_order == "big" else ", low word first"
        lines.append(
            f"| `{p.name}` | {p.kind} | {p.unit} | {p.function_code:02d} | {p.address} | {p.data_type}{order} "
            f"| {p.scale:g} | {_WORDS[p.confidence]} | {words} |"
        )
    return lines
