"""The collect-item code of dialect B: the sixteen digits of :class:`~nenghao.protocol.DataCode` without hyphens.

>>> to_wire_code("00-00-0000-023300-10")
'0000000002330010'
"""

from __future__ import annotations

import re

from nenghao.protocol.datacode import DataCode

_DIGITS = re.compile(r"(\d\d)(\d\d)(\d{4})(\d{6})(\d\d)", re.ASCII)


def to_wire_code(data_code: str) -> str:
    """Write a code without hyphens; raise ``data-code-malformed`` for what is no code."""
    return str(DataCode.parse(data_code)).replace("-", "")


def from_wire_code(digits: str) -> str:
    """Give the code with its hyphens; what has not the form comes back as it is, for the check that names it.

    >>> from_wire_code("0000000002330010"), from_wire_code("12")
    ('00-00-0000-023300-10', '12')
    """
    found = _DIGITS.fullmatch(digits)
    return "-".join(found.groups()) if found else digits
