#!/usr/bin/env python3
"""Run a command over every case folder and hold its hourly intervals to the known truth.

    check_intervals.py FOLDER -- COMMAND [ARG ...]     ({case} in an ARG becomes the case folder)

The command prints CSV on standard output: period_start,value,state (ISO 8601 with offset; value empty when missing;
state is measured, estimated or missing). A measured value must be exact, a run of estimated hours must keep its
total, and the states must match. Exit 0 when every case holds.
"""

import csv
import io
import json
import pathlib
import subprocess
import sys
from datetime import datetime


def read(text):
    rows = {}
    for r in csv.DictReader(io.StringIO(text)):
        rows[datetime.fromisoformat(r["period_start"]).timestamp()] = (
            float(r["value"]) if r["value"] not in ("", None) else None,
            r["state"],
        )
    return rows


def runs(exp):
    run = []
    for t in sorted(exp):
        if exp[t][1] == "estimated":
            run.append(t)
        elif run:
            yield run
            run = []
    if run:
        yield run


def check(case, cmd):
    p = subprocess.run([a.replace("{case}", str(case)) for a in cmd], capture_output=True, text=True)
    if p.returncode:
        return f"exit {p.returncode}: {p.stderr.strip().splitlines()[-1:]}"
    return verdict(case, p.stdout)


def verdict(case, text):
    want = read((case / "expected.csv").read_text())
    meta = json.loads((case / "expected.json").read_text())
    got, tol = read(text), meta["relative_tolerance"]
    if set(got) != set(want):
        return f"{len(set(want) - set(got))} periods absent, {len(set(got) - set(want))} too many"

    def near(a, b):
        return abs(a - b) <= max(tol * abs(b), 1e-4)

    for t, (v, s) in sorted(want.items()):
        at = datetime.fromtimestamp(t).isoformat()
        if got[t][1] != s:
            return f"{at}: state {got[t][1]}, should be {s}"
        if s == "measured" and (got[t][0] is None or not near(got[t][0], v)):
            return f"{at}: {got[t][0]}, should be {v}"
        if s == "estimated" and got[t][0] is None:
            return f"{at}: an estimate without a value"
    for run in runs(want):
        a, b = sum(got[t][0] for t in run), sum(want[t][0] for t in run)
        if not near(a, b):
            return f"{len(run)} estimated hours sum to {a}, should be {b}"
    total = sum(v for v, s in got.values() if v is not None and s != "missing")
    return "" if near(total, meta["total"]) else f"total {total}, should be {meta['total']}"


def main():
    folder, cmd = pathlib.Path(sys.argv[1]), sys.argv[sys.argv.index("--") + 1 :]
    cases = sorted(d for d in folder.iterdir() if (d / "expected.csv").exists())
    bad = 0
    for c in cases:
        why = check(c, cmd)
        bad += bool(why)
        print(f"{'FAIL' if why else 'ok  '} {c.name}{': ' + why if why else ''}")
    print(f"{len(cases) - bad} passed, {bad} failed")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
