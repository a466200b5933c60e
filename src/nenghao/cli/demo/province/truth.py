"""The truth about the faults: what was broken on purpose, where, and which check is expected to see it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FILE_NAME = "truth.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault, or one natural event (``check_code`` empty: no check may call it a fault).

    ``start`` and ``end`` (exclusive) are Beijing wall time; ``data_code`` empty means every item of the enterprise.
    ``consequences`` are checks that may rightly speak up too.
    """

    kind: str
    check_code: str
    enterprise: str
    data_code: str
    stat_type: int
    start: str
    end: str
    severity: Mapping[str, float | str] = field(default_factory=dict)
    consequences: tuple[str, ...] = ()


def write_truth(folder: Path, faults: Iterable[Fault], facts: Mapping[str, Any]) -> Path:
    """Write the truth beside the data; the same province gives the same bytes."""
    path = folder / FILE_NAME
    document = {"synthetic": True, **facts, "faults": [asdict(fault) for fault in faults]}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def read_truth(folder: Path) -> tuple[dict[str, Any], list[Fault]]:
    """Read the facts and the faults back."""
    document = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    rows = document.pop("faults")
    return document, [Fault(**row | {"consequences": tuple(row["consequences"])}) for row in rows]
