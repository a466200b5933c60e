"""Each thing that is wrong with samples gives its finding, with evidence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nenghao.cli.interval_case import load_meter, load_samples
from nenghao.errors import NenghaoError
from nenghao.intervals import MeterSpec, MultiplierEvent, SampleColumns, compute_intervals
from nenghao.intervals.notes import CODES
from nenghao.periods import PeriodKind

CASES = Path(__file__).parent / "cases"
MIDNIGHT = 1_772_553_600_000
FOUND = {
    "clean": [],
    "gap": [],
    "rollover": [],
    "late": [],
    "frozen-wobble": [],
    "event-long-ago": [],
    "reset": ["register-reset"],
    "jump-stays": ["register-jump"],
    "spike-up": ["sample-rejected-rate"],
    "spike-no-rate": ["sample-rejected-course"],
    "spike-two": ["sample-rejected-rate"] * 2,
    "spike-beyond-modulus": ["sample-invalid"],
    "before-install": ["sample-before-install"],
    "removed-samples-after": ["sample-after-removal"],
    "future-stamp": ["sample-from-future"],
    "replaced-wrong-sample-at-event": ["event-register-mismatch"],
}


def ignore(zh: str, en: str) -> None:
    pass


@pytest.mark.parametrize("name", FOUND)
def test_case_gives_its_findings(name: str) -> None:
    meter, samples = load_meter(CASES / name, ignore), load_samples(CASES / name, ignore)
    findings = compute_intervals(meter, samples, PeriodKind.HOUR).findings
    assert [f.code for f in findings] == FOUND[name]
    assert all(f.evidence for f in findings)


def quarters(registers: list[float], received: list[int] | None = None) -> SampleColumns:
    return SampleColumns.of(MIDNIGHT + 900_000 * np.arange(len(registers)), registers, received)


def meter(**changes) -> MeterSpec:
    return MeterSpec("M", "electricity", "kWh", 900, installed_at_ms=MIDNIGHT, **changes)


def test_conflicting_duplicates_keep_the_larger_register() -> None:
    ts = [MIDNIGHT, MIDNIGHT + 3_600_000, MIDNIGHT + 3_600_000]
    for registers in ([0.0, 40.0, 30.0], [0.0, 30.0, 40.0]):
        samples = SampleColumns.of(ts, registers, [MIDNIGHT] * 3)
        result = compute_intervals(meter(), samples, PeriodKind.HOUR)
        assert result.value[0] == 40.0
        assert [f.code for f in result.findings] == ["duplicate-conflict"]


def test_a_second_turn_inside_a_gap_is_said_to_be_possible() -> None:
    ts = [MIDNIGHT, MIDNIGHT + 86_400_000]
    spec = meter(modulus=1000.0, max_rate_per_hour=100.0)
    result = compute_intervals(spec, SampleColumns.of(ts, [900.0, 100.0]), PeriodKind.DAY)
    assert result.value.tolist() == [200.0]
    assert [(f.code, f.evidence["further_turns_possible"]) for f in result.findings] == [("rollover-ambiguous", 2)]


def test_every_code_is_explained() -> None:
    page = (Path(__file__).parents[2] / "docs" / "intervals.md").read_text(encoding="utf-8")
    assert all(f"`{code}`" in page for code in CODES)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"multiplier": 0.0}, "multiplier"),
        ({"modulus": float("nan")}, "modulus"),
        ({"removed_at_ms": MIDNIGHT}, "removed_at"),
        ({"events": (MultiplierEvent(MIDNIGHT, -1.0, 0.0),)}, "event.multiplier"),
    ],
)
def test_impossible_meter_is_refused(changes: dict, field: str) -> None:
    with pytest.raises(NenghaoError) as caught:
        meter(**changes)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('installed_at = "2026-03-04T00:00:00"', "installed_at"),
        ("installed_at = 7", "installed_at"),
        ("", "installed_at"),
        ('installed_at = 2026-03-04T00:00:00+08:00\nmodulus = "many"', "modulus"),
        (
            'installed_at = 2026-03-04T00:00:00+08:00\n[[event]]\nkind = "flood"\nat = 2026-03-04T00:00:00Z',
            "event.kind",
        ),
    ],
)
def test_bad_meter_file_names_the_field(tmp_path: Path, line: str, field: str) -> None:
    head = '[meter]\nid = "M"\nenergy = "electricity"\nunit = "kWh"\ninterval_s = 900\n'
    (tmp_path / "meter.toml").write_text(head + line, encoding="utf-8")
    with pytest.raises(NenghaoError) as caught:
        load_meter(tmp_path, ignore)
    assert caught.value.field == field
    assert "meter.toml" in caught.value.record


def test_unreadable_lines_are_told_and_the_rest_kept(tmp_path: Path) -> None:
    text = "ts,register\n2026-03-04T00:00:00+08:00,1\nyesterday,2\n2026-03-04T00:30:00,3\n2026-03-04T01:00:00Z,\n"
    (tmp_path / "samples.csv").write_text(text, encoding="utf-8")
    told: list[str] = []
    samples = load_samples(tmp_path, lambda _zh, en: told.append(en))
    assert samples.register.tolist() == [1.0]
    assert [t.split(": ")[0] for t in told] == ["samples.csv:3", "samples.csv:4", "samples.csv:5"]
