"""The code of a collect item (采集数据项编码, ``dataCode``): ``PP-UU-EENN-CCTTTT-YY``, sixteen digits in five groups.

process 2 · process unit 2 · equipment type 2 + number 2 · energy class 2 + energy type 4 · usage 2. Source: the column
comments and samples of five independent clients of the national dialect (NHJC-02-2018).

>>> code = DataCode.parse("00-00-0000-023300-10")
>>> code.energy_class, code.energy_type, code.usage, str(code)
('02', '3300', '10', '00-00-0000-023300-10')
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from nenghao.errors import NenghaoError
from nenghao.protocol.enumerations import Scope

CODE_LENGTH = 20
"""Characters of a code with its hyphens."""
_FORM = re.compile(r"(\d\d)-(\d\d)-(\d\d)(\d\d)-(\d\d)(\d{4})-(\d\d)", re.ASCII)
# What must be zero at each scope: a whole-plant value has no process, a process value no unit, and so on.
_ZERO_FIELDS = {
    Scope.PLANT: ("process", "process_unit", "equipment", "equipment_unit"),
    Scope.PROCESS: ("process_unit", "equipment", "equipment_unit"),
    Scope.PROCESS_UNIT: ("equipment", "equipment_unit"),
    Scope.EQUIPMENT: (),
}


@dataclass(frozen=True, slots=True)
class DataCode:
    """The seven parts of a code, each a string of digits; build one from text with :meth:`parse`."""

    process: str = "00"
    process_unit: str = "00"
    equipment: str = "00"
    equipment_unit: str = "00"
    energy_class: str = "00"
    energy_type: str = "0000"
    usage: str = "00"

    @classmethod
    def parse(cls, text: str) -> DataCode:
        """Read a code; raise ``data-code-malformed`` when the text does not have the form."""
        return _parse(text)

    @staticmethod
    def matches(text: str) -> bool:
        """Tell whether a text has the form of a code."""
        return _FORM.fullmatch(text) is not None

    def __str__(self) -> str:
        return (
            f"{self.process}-{self.process_unit}-{self.equipment}{self.equipment_unit}"
            f"-{self.energy_class}{self.energy_type}-{self.usage}"
        )

    def check_scope(self, scope: Scope) -> None:
        """Raise ``data-code-scope`` when a part that must be zero at ``scope`` is not, or process 00 has units.

        >>> DataCode.parse("01-00-0000-023300-10").check_scope(Scope.PROCESS)
        """
        wrong = [name for name in _ZERO_FIELDS[scope] if getattr(self, name).strip("0")]
        if self.process == "00" and self.process_unit != "00":
            wrong.append("process_unit")
        if wrong:
            raise NenghaoError(
                "data-code-scope", f"编码与数据范围 scope={scope.value} 不符",
                f"the code does not fit scope {scope.value}",
                record=str(self), field="scope",
                mend_zh="该范围下须为 0 的部分: " + "、".join(dict.fromkeys(wrong)),
                mend_en="must be zero at this scope: " + ", ".join(dict.fromkeys(wrong)),
            )  # fmt: skip


@lru_cache(maxsize=4096)
def _parse(text: str) -> DataCode:
    match = _FORM.fullmatch(text)
    if match is None:
        raise NenghaoError(
            "data-code-malformed", f"采集数据项编码格式不对「{text[:40]}」", f"malformed data code {text[:40]!r}",
            field="dataCode", mend_zh="应为 PP-UU-EENN-CCTTTT-YY，共 16 位数字",
            mend_en="write PP-UU-EENN-CCTTTT-YY, 16 digits",
        )  # fmt: skip
    return DataCode(*match.groups())
