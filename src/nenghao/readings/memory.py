"""How much memory DuckDB may use, and how its shortage is recognised."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

LEAST_MB, MOST_MB = 192, 1024
SHARE = 1 / 128
"""Of the memory of the machine, or of the group of processes that this one is confined to: 24 GiB give 192 MB. More
would be a cache of the file, which the operating system keeps already."""
_CGROUP = Path("/sys/fs/cgroup/memory.max")
_SIGNS = ("Out of Memory", "failed to pin block", "could not allocate block", "failed to allocate")


def default_memory_mb(machine_bytes: int | None = None) -> int:
    """Give what DuckDB may use [MB] where nothing is set: a share of the machine's memory, within bounds.

    >>> default_memory_mb(8 * 2**30), default_memory_mb(64 * 2**30), default_memory_mb(256 * 2**30)
    (192, 512, 1024)
    """
    total = _machine_bytes() if machine_bytes is None else machine_bytes
    return min(MOST_MB, max(LEAST_MB, int(total * SHARE) >> 20))


def is_shortage(error: BaseException) -> bool:
    """Tell whether a statement or a commit failed because DuckDB's memory was used up; the same may pass later.

    A commit says so in words alone: it is a ``TransactionException``.
    """
    return isinstance(error, duckdb.OutOfMemoryException) or (
        isinstance(error, duckdb.Error) and any(sign in str(error) for sign in _SIGNS)
    )


def _machine_bytes() -> int:
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        confined = _CGROUP.read_text(encoding="ascii").strip()
    except OSError:
        return machine
    return min(machine, int(confined)) if confined.isdigit() else machine
