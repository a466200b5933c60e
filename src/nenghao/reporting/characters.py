"""Characters that a workbook cannot hold, as a pattern that needs no office library."""

from __future__ import annotations

import re

NOT_IN_WORKBOOKS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Control characters that XML 1.0 has no way to write; openpyxl refuses the same ones."""
