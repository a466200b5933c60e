"""``nenghao bench NAME``: measure speed and memory on this machine, as JSON.

Every module of :mod:`nenghao.cli.bench` is one measurement; its ``run`` gives the options and the numbers. ``all``
runs each with its defaults, but for those that take minutes.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

import nenghao.cli.bench

app = typer.Typer(no_args_is_help=True, help="测速度与内存 / measure speed and memory, as JSON")
JsonOption = Annotated[Path | None, typer.Option("--json", help="也写入此文件 / also write to this file")]
Run = Callable[..., dict[str, Any]]
LONG = frozenset({"endurance"})
"""Measurements of many minutes: run by name only."""


def benches() -> Iterator[tuple[str, Run]]:
    """Yield the name and ``run`` of every measurement, in order of name."""
    for found in pkgutil.iter_modules(nenghao.cli.bench.__path__):
        module = importlib.import_module(f"nenghao.cli.bench.{found.name}")
        if hasattr(module, "run"):
            yield found.name, module.run


def publish(report: dict[str, Any], target: Path | None) -> None:
    """Print the report and, when asked, write it to a file."""
    text = json.dumps(report, ensure_ascii=False, indent=2)
    print(text)
    if target is not None:
        target.write_text(text + "\n", encoding="utf-8")


def command_for(run: Run) -> Callable[..., None]:
    """Make a command with the options of ``run`` and ``--json``; it ends with 1 when the report says ``ok: false``."""

    def command(**options: Any) -> None:
        target = options.pop("json_file")
        report = run(**options)
        publish(report, target)
        if report.get("ok") is False:
            raise typer.Exit(1)

    extra = inspect.Parameter("json_file", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=JsonOption)
    given = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in inspect.signature(run).parameters.values()]
    command.__signature__ = inspect.Signature([*given, extra])  # type: ignore[attr-defined]
    command.__annotations__ = {**get_type_hints(run, include_extras=True), "json_file": JsonOption}
    command.__doc__ = run.__doc__
    return command


@app.command("all")
def everything(json_file: JsonOption = None) -> None:
    """全部 / run every measurement with its defaults, but for the long ones."""
    publish({name: run() for name, run in benches() if name not in LONG}, json_file)


for _name, _run in benches():
    app.command(_name)(command_for(_run))
