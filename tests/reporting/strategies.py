"""Statements as people could fill them: any form, any number of rows, every type of cell."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from nenghao.reporting.statements.document import cleaned
from nenghao.reporting.statements.values import DECIMALS, DIGITS, energy_keys

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=30)
LONG_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"]), min_size=1, max_size=60)
CHINESE = st.text(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF) | st.sampled_from("（）、；。①％～㎡　"), min_size=1
)
TRICKY = st.sampled_from(
    ["=1+1", "-5", "@x", "+86 535", "_x0041_", "007", "1e5", "2026-11-20", "是", "#N/A", "'quoted"]
)
"""Texts that a spreadsheet would like to take for something else."""


def numbers(*, signed):
    """Numbers with all the digits that a statement holds: 15 significant ones, up to 10 after the point."""
    most = 10**DIGITS - 1
    made = st.builds(
        lambda digits, places: f"{Decimal(digits).scaleb(-places):f}",
        st.integers(-most if signed else 0, most), st.integers(0, DECIMALS),
    )  # fmt: skip
    return made | st.sampled_from(["0", "0.1", "1e-9", "123456789012345", "0.0000000001", "99999.9999999999"])


def cells(field):
    """Texts that fit a field."""
    if field.type == "number":
        return numbers(signed=field.signed)
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
    return (LONG_TEXT if field.type == "long_text" else TEXT) | CHINESE | TRICKY


@st.composite
def filled(draw, form):
    """Contents of a form in their one spelling: some sections, whose rows have some cells and leave others empty."""
    chosen = draw(st.sets(st.sampled_from([one.key for one in form.sections]), min_size=1, max_size=5))
    contents = {}
    for section in (form.section(key) for key in sorted(chosen)):
        ids = list(section.preset) or [str(number) for number in range(draw(st.integers(1, 3)))]
        contents[section.key] = [{"#": row_id} | draw(some_cells(section)) for row_id in ids]
    return cleaned(form, contents)


def some_cells(section):
    """The cells of a row: some of its fields, or none."""
    fields = st.lists(st.sampled_from(section.typed), unique=True, max_size=6)
    return fields.flatmap(lambda chosen: st.fixed_dictionaries({field.key: cells(field) for field in chosen}))
