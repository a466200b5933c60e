"""The SQL of the store: one statement per ``.sql`` file, loaded once; parameters are always bound."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

SQL = files("nenghao.readings") / "sql"
_INSERTED = re.compile(r"\{\{([\w/]+)\}\}")


@cache
def statement(name: str) -> str:
    """Give the text of ``sql/<name>.sql``, for example ``statement("query/totals_by_energy")``.

    ``{{query/other}}`` in a file stands for the query of another one, to select from.
    """
    text = SQL.joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return _INSERTED.sub(lambda found: statement(found[1]).rstrip().removesuffix(";"), text)


def migrations() -> list[tuple[int, str]]:
    """Give every step of the schema as (version, SQL), in order; ``0001_readings.sql`` is version 1."""
    names = sorted(path.name for path in (SQL / "schema").iterdir() if path.name.endswith(".sql"))
    return [(int(name.split("_")[0]), statement(f"schema/{name.removesuffix('.sql')}")) for name in names]
