"""Statements as people could fill them: any form, any number of rows, every type of cell."""

from __future__ import annotations

from hypothesis import strategies as st

from nenghao.reporting.statements.document import cleaned
from nenghao.reporting.statements.values import energy_keys

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=30)
LONG_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"]), min_size=1, max_size=60)


def cells(field):
    """Texts that fit a field."""
    if field.type == "number":
        numbers = st.decimals(-999999, 999999, places=4) if field.signed else st.decimals(0, 99999999, places=6)
        return numbers.map(lambda number: f"{number:f}") | st.sampled_from(["0", "1e-9", "123456789012345", "0.1"])
    if field.type == "integer":
        return st.integers(0, 10**9).map(str)
    if field.type == "year":
        return st.integers(1950, 2090).map(str)
    if field.type == "date":
        return st.dates().filter(lambda day: day.year > 1900).map(lambda day: day.isoformat())
    if field.type == "bool":
        return st.sampled_from("01")
    if field.type == "choice":
        return st.sampled_from([one.key for one in field.choices])
    if field.type == "energy":
        return st.sampled_from(energy_keys())
    return (LONG_TEXT if field.type == "long_text" else TEXT) | st.sampled_from(["=1+1", "-5", "@x", "_x0041_", "007"])


@st.composite
def filled(draw, form):
    """Contents of a form in their one spelling: up to three sections, of which each row has some cells."""
    chosen = draw(st.sets(st.sampled_from([one.key for one in form.sections]), min_size=1, max_size=3))
    contents = {}
    for section in (form.section(key) for key in sorted(chosen)):
        ids = list(section.preset) or [str(number) for number in range(draw(st.integers(1, 3)))]
        fields = draw(st.lists(st.sampled_from(section.typed), unique=True, min_size=1, max_size=6))
        contents[section.key] = [{"#": row_id} | {field.key: draw(cells(field)) for field in fields} for row_id in ids]
    return cleaned(form, contents)
