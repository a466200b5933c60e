"""Forms as files: every example of every form, the formulas' language, what a form's file is refused for."""

from __future__ import annotations

import copy
import tomllib
from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.errors import NenghaoError
from nenghao.reporting.statements import Document, form_from, statement_form, statement_forms
from nenghao.reporting.statements.document import cleaned
from nenghao.reporting.statements.expressions import Expression
from nenghao.reporting.statements.values import canonical, looked_up

EXAMPLES = [(form, example) for form in statement_forms().values() for example in form.examples]
TEXTS = {
    key: tomllib.loads((files("nenghao.reporting") / "forms" / key / "form.toml").read_text(encoding="utf-8"))
    for key in statement_forms()
}


@pytest.mark.parametrize(("form", "example"), EXAMPLES, ids=lambda one: getattr(one, "name", getattr(one, "key", "")))
def test_example_of_a_form(form, example):
    last = Document(form, example.last) if example.last else None
    document = Document(form, example.contents, last=last)
    assert {(one.key, one.row, one.field) for one in document.problems()} == example.expected
    for section, totals in example.totals.items():
        for field, text in totals.items():
            assert document.totals[section][field] == Decimal(text)


@pytest.mark.parametrize("form", statement_forms().values(), ids=statement_forms())
def test_every_form_has_examples_and_every_error_is_broken_in_one(form):
    broken = {key for example in form.examples for key, _row, _field in example.expected}
    own = {one["key"] for one in TEXTS[form.key].get("identity", ())}
    assert form.examples
    assert own <= broken, own - broken


def test_a_problem_names_cell_sides_and_difference():
    form = statement_form("205-1")
    [found] = [one for one in Document(form, form.examples[1].contents).problems() if one.key == "closing-stock"]
    assert found.text("zh") == (
        "能源购进、消费与库存·焦炭·期末库存量：期末库存量应等于期初加购进减消费（9＝1＋2－4；无销售、调拨时）"
        "（左边 3，右边 2，相差 1）"
    )
    assert found.text("en").startswith("Energy purchase, consumption and stock · Coke · Closing stock: ")
    assert found.cells == (("2", "closing"), ("2", "opening"), ("2", "purchased"), ("2", "consumption"))


@pytest.mark.parametrize(
    ("formula", "cells", "expected"),
    [
        ("0.1 + 0.2", {}, "0.3"),  # binary floats would give 0.30000000000000004
        ("a - b * 2", {"a": "10", "b": "3"}, "4"),
        ("a / b", {"a": "1", "b": "0"}, None),
        ("a + b", {"a": "1"}, None),
        ("a + or0(b)", {"a": "1"}, "1"),
        ("round(a, 2)", {"a": "2.345"}, "2.35"),
        ("max(a, b) if known(b) else 7", {"a": "1"}, "7"),
        ("min(a, -b)", {"a": "1", "b": "2"}, "-2"),
        ("abs(a)", {"a": "-2"}, "2"),
    ],
)
def test_formula(formula, cells, expected):
    found = Expression(formula).value({name: Decimal(text) for name, text in cells.items()}.get)
    assert found == (None if expected is None else Decimal(expected))


def test_sum_skips_blank_rows_and_is_unknown_with_half_a_row():
    rows = [{"a": Decimal(2), "f": Decimal(3)}, {}, {"a": Decimal(1), "f": Decimal(1)}]
    assert Expression("sum(t, a * f)").value({}.get, lambda _table: (row.get for row in rows)) == 7
    rows.append({"a": Decimal(1)})
    assert Expression("sum(t, a * f)").value({}.get, lambda _table: (row.get for row in rows)) is None
    assert Expression("sum(t, a, a > 1)").value({}.get, lambda _table: (row.get for row in rows)) == 2


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('true')", "a.b.c.d", "(1).real", "[1][0]", "lambda: 1", "a ** 99", "open('x')", "f(a)",
        "a = 1", "'x' % a", "a if b", "sum(1, a)", "a < b < c", "b'x'", "None", "x" * 501, "sum(t)", "a; b", "{}", "1j",
        "round(a)", "abs(a, key=b)", "a @ b", "~a", "a in b", "(" * 200 + "a" + ")" * 200 + "+",
    ],
)  # fmt: skip
def test_formula_is_refused(formula):
    with pytest.raises(NenghaoError) as refused:
        Expression(formula)
    assert refused.value.code == "formula-bad"


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_refused(text):
    try:
        found = Expression(text)
    except NenghaoError:
        return
    found.value(lambda _name: Decimal(1))


FIELDS = statement_form("205-1").section("energy")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("1,234.50", "1234.5"), ("１２", "12"), ("0.00", "0"), ("1e3", "1000"), (" 7 ", "7"), ("", ""), ("+5", "5")],
)
def test_number_is_kept_in_one_spelling(typed, kept):
    assert canonical(FIELDS.field("opening"), typed) == kept


@pytest.mark.parametrize(
    "typed", ["12o", "-1", "1234567890123456", "1e400", "NaN", "inf", "1/2", "0.00000000001", "--1"]
)
def test_number_is_refused_with_a_mend(typed):
    with pytest.raises(NenghaoError) as refused:
        canonical(FIELDS.field("opening"), typed)
    assert refused.value.code == "cell-bad"
    assert refused.value.mend_zh and refused.value.mend_en


@given(st.text(max_size=40), st.sampled_from([field for form in statement_forms().values()
                                               for section in form.sections for field in section.typed]))  # fmt: skip
def test_a_kept_text_is_kept_the_same_again(text, field):
    try:
        kept = canonical(field, text)
    except NenghaoError:
        return
    assert canonical(field, kept) == kept


def test_energy_row_knows_its_code_unit_and_factor():
    day = date(2026, 10, 1)
    assert [looked_up(what, "raw_coal", day) for what in ("energy_code", "energy_unit")] == ["01", "t"]
    assert looked_up("energy_code", "producer_gas", day) == "14"
    assert looked_up("reference_factor", "electricity", day) == "1.229"
    assert looked_up("energy_unit", "electricity", day) == "万kWh"


def test_what_does_not_fit_is_kept_as_typed_and_blank_rows_go():
    form = statement_form("205-1")
    kept = cleaned(form, {"energy": [{"#": "4", "energy": "原煤", "opening": "12o"}, {"#": "5", "opening": " "}, {}]})
    assert kept["energy"] == [{"#": "4", "energy": "raw_coal", "opening": "12o"}]
    assert kept["head"] == [{"#": "-"}]


def test_the_same_energy_twice_is_told():
    form = statement_form("205-1")
    document = Document(form, {"energy": [{"#": "1", "energy": "coke"}, {"#": "2", "energy": "coke"}]})
    assert ("row-twice", "2") in {(one.key, one.row) for one in document.problems()}


def spoiled(key, *path, to):
    told = copy.deepcopy(TEXTS[key])
    place = told
    for step in path[:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return told


@pytest.mark.parametrize(
    "told",
    [
        spoiled("205-1", "source", to=" "),
        spoiled("205-1", "period", to="week"),
        spoiled("205-1", "version", to=None),
        spoiled("205-1", "deadline", "days", to=None),
        spoiled("205-1", "section", 1, "source", to=""),
        spoiled("205-1", "section", 1, "status", to="sure"),
        spoiled("205-1", "section", 1, "key_field", to="nothing"),
        spoiled("205-1", "section", 1, "field", 3, "type", to="float"),
        spoiled("205-1", "section", 1, "field", 3, "key", to="energy"),
        spoiled("205-1", "identity", 0, "left", to="consumtion"),
        spoiled("205-1", "identity", 0, "relation", to="~"),
        spoiled("205-1", "identity", 0, "section", to="nowhere"),
        spoiled("205-1", "identity", 0, "source", to=""),
        spoiled("205-1", "identity", 0, "at", to="nothing"),
        spoiled("205-1", "identity", 0, "right", to="sum(energy, nothing)"),
        spoiled("205-2", "identity", 0, "severity", to="error"),  # an unverified rule may only warn
        spoiled("205-1", "sheet", 0, "sections", to=["head", "energy"]),
        spoiled("205-1", "key", to="205-9"),
        spoiled("economy-monthly", "section", 1, "field", 4, "compute", to="change + 1"),
        spoiled("economy-monthly", "section", 1, "row", 0, "amount", to="1"),
    ],
)  # fmt: skip
def test_bad_form_is_refused(told):
    with pytest.raises(NenghaoError) as refused:
        form_from(told, others=TEXTS, folder="205-1" if told["key"] == "205-9" else told["key"])
    assert refused.value.code in ("form-bad", "formula-bad")


def test_unknown_form():
    with pytest.raises(NenghaoError) as refused:
        statement_form("205-99")
    assert refused.value.code == "form-unknown"


def test_status_of_what_is_not_known_is_unverified():
    report = statement_form("energy-use-report")
    assert {one.key for one in report.sections if one.status != "unverified"} == {"structure", "projects", "foot"}
    assert all(one.status == "unverified" for one in report.identities
               if one.section not in ("structure", "projects", "foot"))  # fmt: skip
