"""Who fills a cell before a person does: providers by the family that a form's field names, and providers of rows.

A new provider is one function, decorated with its family's name: ``energy.opening_stock`` asks the family ``energy``
for ``opening_stock``. Nothing known gives nothing, never a zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nenghao.hub.statements.figures import Figure, Text

if TYPE_CHECKING:
    from nenghao.hub.statements.facts import Facts
    from nenghao.reporting.statements import Field, Form, Section

Answer = Figure | Text | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One cell that asks: its row (the key of a table's row, or a printed one's id), and what is asked for."""

    form: Form
    section: Section
    field: Field
    row: str
    what: str


Provider = Callable[["Facts", Asked], Answer]
RowProvider = Callable[["Facts"], list[str]]
PROVIDERS: dict[str, Provider] = {}
ROWS: dict[str, RowProvider] = {}


def provides(family: str) -> Callable[[Provider], Provider]:
    """Register a provider of cells."""

    def put(provider: Provider) -> Provider:
        PROVIDERS[family] = provider
        return provider

    return put


def rows_of(name: str) -> Callable[[RowProvider], RowProvider]:
    """Register a provider of rows: the texts of their key field."""

    def put(provider: RowProvider) -> RowProvider:
        ROWS[name] = provider
        return provider

    return put
