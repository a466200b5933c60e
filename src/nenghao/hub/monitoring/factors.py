"""Coal-equivalent factors as a figure cites them: value, standard, edition, clause, status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nenghao.errors import NenghaoError
from nenghao.hub.monitoring.words import page_language
from nenghao.reference import Factor, basis_label, library, status_label


@dataclass(frozen=True, slots=True)
class CitedFactor:
    """A factor with its words in the page's language."""

    factor: Factor

    @property
    def is_unverified(self) -> bool:
        """Whether every result that rests on it must show 待核."""
        return self.factor.status == "unverified"

    @property
    def status(self) -> str:
        """The word of its status."""
        return status_label(self.factor.status, page_language())

    @property
    def basis(self) -> str:
        """当量值, 等价值 …"""
        return basis_label(self.factor.basis, page_language())

    @property
    def citation(self) -> str:
        """Standard, edition and clause on one line: ``GB/T 2589-2020 表A.2``."""
        return f"{self.factor.standard}-{self.factor.edition} {self.factor.clause}".strip()

    @property
    def note(self) -> str:
        """The note in the page's language; notes in both are separated by a slash."""
        chinese, _, english = self.factor.note.partition(" / ")
        return english if english and page_language() == "en" else chinese


def factors_by_id(energy_keys: Iterable[str]) -> dict[str, CitedFactor]:
    """Give every factor of the energies, by the identifier that the rollups carry."""
    found: dict[str, CitedFactor] = {}
    for key in energy_keys:
        for factor in cited_factors(key):
            found[factor.factor.factor_id] = factor
    return found


def cited_factors(energy_key: str) -> Sequence[CitedFactor]:
    """Give the factors of one energy; none for one that the reference does not know."""
    try:
        return [CitedFactor(factor) for factor in library().coal_equivalent_factors(energy_key)]
    except NenghaoError:
        return []
