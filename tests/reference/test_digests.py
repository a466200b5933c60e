"""Digests of the library are those of every process: whoever keeps one would else compute all anew at each start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import PurePosixPath

from nenghao.reference import library
from nenghao.reference.digests import digest_of

PRINT = """
from nenghao.reference import library
from nenghao.reference.digests import digest_of
found = library()
print(digest_of((found.quota_tables, found.benchmark_tables)), digest_of(found.coal_equivalent_factors("raw_coal")))
"""


def printed(seed):
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    return subprocess.run(
        [sys.executable, "-c", PRINT], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_processes_agree():
    assert printed(1) == printed(2) != ""


def test_the_folder_does_not_count_and_everything_else_does():
    assert digest_of(PurePosixPath("/a/x.toml")) == digest_of(PurePosixPath("/b/x.toml"))
    tables = library().quota_tables
    assert len({digest_of(table) for table in tables}) == len(tables)
    assert digest_of({"a": 1}) != digest_of({"a": 1.5}) != digest_of({"a": "1.5"})
