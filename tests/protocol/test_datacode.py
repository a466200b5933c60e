"""The code of a collect item: form, parts, and what must be zero at each scope."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.errors import NenghaoError
from nenghao.protocol import DataCode, Scope

DIGITS = "0123456789"


def digits(count):
    return st.text(DIGITS, min_size=count, max_size=count)


PARTS = st.builds(DataCode, *(digits(n) for n in (2, 2, 2, 2, 2, 4, 2)))


@given(PARTS)
def test_text_and_back(code):
    assert DataCode.parse(str(code)) == code


@pytest.mark.parametrize("text", [
    "00-00-0000-023300-11", "00-00-0000-011500-11", "00-00-0000-023300-60", "00-00-0000-010104-10",
    "02-02-0000-040100-30",
])  # fmt: skip
def test_codes_seen_in_the_field(text):
    assert str(DataCode.parse(text)) == text


@pytest.mark.parametrize("text", [
    "", "0000000002330010", "00-00-0000-02330-10", "aa-00-0000-023300-10", "00-00-0000-023300-10 ",
    "٠٠-00-0000-023300-10", "x" * 9999,
])  # fmt: skip
def test_other_texts_are_refused(text):
    with pytest.raises(NenghaoError) as refused:
        DataCode.parse(text)
    assert refused.value.code == "data-code-malformed"


@pytest.mark.parametrize(("text", "scope", "fits"), [
    ("00-00-0000-023300-10", Scope.PLANT, True),
    ("01-00-0000-023300-10", Scope.PLANT, False),
    ("01-00-0000-023300-10", Scope.PROCESS, True),
    ("01-02-0000-023300-10", Scope.PROCESS, False),
    ("01-02-0000-023300-10", Scope.PROCESS_UNIT, True),
    ("01-02-0301-023300-10", Scope.PROCESS_UNIT, False),
    ("01-02-0301-023300-10", Scope.EQUIPMENT, True),
    ("00-01-0301-023300-10", Scope.EQUIPMENT, False),
])  # fmt: skip
def test_scope_rules(text, scope, fits):
    if fits:
        DataCode.parse(text).check_scope(scope)
        return
    with pytest.raises(NenghaoError) as refused:
        DataCode.parse(text).check_scope(scope)
    assert refused.value.code == "data-code-scope"
