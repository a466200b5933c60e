"""Every command of ``nenghao`` with its arguments and options, from the program itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from nenghao.cli.main import build


def page() -> str:
    """Write the page of commands."""
    root = typer.main.get_command(build())
    head = ["# Commands 命令", "", "Written from the program by `make docs`; do not edit.", ""]
    return "\n".join([*head, *_command(root, "nenghao")])


def _command(command: Any, name: str) -> Iterator[str]:
    yield from (f"## `{name}`", "", _one_line(command.help), "")
    rows = [row for parameter in command.params if (row := _parameter(parameter))]
    if rows:
        yield from ("| argument or option | default | what |", "| --- | --- | --- |", *rows, "")
    for part, child in sorted(getattr(command, "commands", {}).items()):
        yield from _command(child, f"{name} {part}")


def _parameter(parameter: Any) -> str:
    if parameter.name == "help":
        return ""
    names = " ".join(f"`{option}`" for option in [*parameter.opts, *parameter.secondary_opts])
    default = parameter.default
    shown = f"`{default}`" if default not in (None, "", False) and not callable(default) else ""
    required = " (required)" if parameter.required else ""
    return f"| {names}{required} | {shown} | {_one_line(getattr(parameter, 'help', ''))} |"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").replace("|", "\\|").split())
