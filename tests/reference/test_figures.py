"""The snapshot of every figure: a changed number of the law shows as a readable diff.

After a change that is meant, write the snapshot anew: ``python tests/reference/test_figures.py``.
"""

from __future__ import annotations

import csv
import difflib
import io
import shutil
from pathlib import Path

from nenghao.reference import Library, library
from nenghao.reference.figures import check, figures
from nenghao.reference.library import DATA

SNAPSHOT = Path(__file__).with_name("figures.csv")


def snapshot(library: Library) -> str:
    """Every figure and every factor per base unit, one line each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("table", "name", "quantity", "value", "unit", "validity", "clause", "status"))
    for f in figures(library):
        writer.writerow((f.header.key, f.name, f.quantity, f.value, f.unit, f.validity, f.clause, f.status))
    for energy in library.energy_types():
        code = f"{energy.class_code or '??'}{energy.type_code}"
        writer.writerow(("energy", energy.key, "wire", code, energy.wire_unit, "", "", energy.status))
        for f in library.coal_equivalent_factors(energy.key):
            validity = f"{f.valid_from or ''}..{f.valid_until or ''}"
            writer.writerow(("energy", energy.key, f.factor_id, f.value, f.unit, validity, f.clause, f.status))
    return text.getvalue()


def test_no_figure_has_changed() -> None:
    kept, now = SNAPSHOT.read_text(encoding="utf-8"), snapshot(library())
    diff = "\n".join(difflib.unified_diff(kept.splitlines(), now.splitlines(), "snapshot", "now", lineterm="", n=0))
    assert not diff, f"figures changed; if meant, run python tests/reference/test_figures.py\n{diff}"


def test_a_changed_figure_shows_where_it_is_used(tmp_path: Path) -> None:
    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    table = data / "coal_equivalent" / "gbt2589-2020-media.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("0.2571", "0.2572"), encoding="utf-8")
    kept, now = SNAPSHOT.read_text(encoding="utf-8").splitlines(), snapshot(Library(data)).splitlines()
    changed = [new for old, new in zip(kept, now, strict=True) if old != new]
    assert [line.split(",")[1] for line in changed] == ["新水", "fresh_water"]
    assert all("0.2572" in line for line in changed)


def test_counts_and_statuses() -> None:
    checked = check(library())
    assert checked.counts["coefficient_rows"] == 71 + 48 + 5
    assert checked.counts["co2_rows"] == 113
    assert checked.counts["regions"] == 3351
    assert checked.counts["industries"] == 1971
    assert checked.counts["figures"] == sum(checked.statuses.values())
    assert checked.statuses["published"] == 0


def test_every_figure_has_a_citation() -> None:
    for figure in figures(library()):
        assert figure.header.standard
        assert figure.clause
        assert figure.source


if __name__ == "__main__":
    SNAPSHOT.write_text(snapshot(library()), encoding="utf-8")
