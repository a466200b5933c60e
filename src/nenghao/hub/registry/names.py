"""Names of what the reference library knows, for pages."""

from __future__ import annotations

from datetime import date

from nenghao.errors import Language, NenghaoError
from nenghao.reference import library, status_label


def energy_name(key: str, language: Language) -> str:
    """Give the name of an energy type; a key that the library does not know is shown as it is."""
    if not key:
        return ""
    try:
        return library().energy_type(key).name(language)
    except NenghaoError:
        return key


def factor_words(key: str, on: date, language: Language) -> str:
    """Give the factor in force with its source, and 待核 where it is not verified; nothing where there is none."""
    if not key:
        return ""
    try:
        factor = library().coal_equivalent_factor(key, on)
    except NenghaoError:
        return ""
    mark = f" ({status_label(factor.status, language)})" if factor.status == "unverified" else ""
    return f"{factor.value:.6g} {factor.unit} {factor.standard}-{factor.edition}{mark}"
