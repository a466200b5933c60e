"""Entry of the command ``nenghao``.

Each subcommand lives in its own module ``nenghao.cli.<name>_command`` and is found by that name, so that adding one is
adding a file. A module gives ``app`` (a Typer group) or ``command`` (a function). Bad input ends with both languages
on standard error and exit code 2, never with a traceback.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

import typer

import nenghao.cli
from nenghao.errors import NenghaoError

SUFFIX = "_command"


def build(only: str = "") -> typer.Typer:
    """Gather all subcommands into one Typer application, or just the one named ``only`` when there is such a one.

    Loading one alone keeps the edge small: it never pays for what the hub imports.
    """
    app = typer.Typer(
        name="nenghao", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False,
        help="nenghao 能耗: 用能单位能耗在线监测 / on-line monitoring of industrial energy use",
    )  # fmt: skip
    app.callback()(lambda: None)  # keeps a single command a subcommand
    modules = [found.name for found in pkgutil.iter_modules(nenghao.cli.__path__) if found.name.endswith(SUFFIX)]
    names = {module.removesuffix(SUFFIX).replace("_", "-"): module for module in modules}
    for name, found in names.items():
        if only in names and name != only:
            continue
        module = importlib.import_module(f"nenghao.cli.{found}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            app.command(name=name)(module.command)
    return app


def main() -> None:
    """Run the command line."""
    try:
        build(*sys.argv[1:2])()
    except NenghaoError as error:
        print(error.both(), file=sys.stderr)
        sys.exit(2)
