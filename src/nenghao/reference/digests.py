"""Digests of what the library holds, the same in every process and on every machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from pathlib import PurePath


def digest_of(value: object) -> str:
    """Give the SHA-256 of a value of the library, as 64 hex digits.

    ``repr`` would not do: it writes a set in the order of the process at hand, and the folder of the installation.

    >>> digest_of({"a": frozenset({"x", "y", "z"})}) == digest_of({"a": frozenset({"z", "y", "x"})})
    True
    """
    return sha256(_told(value).encode()).hexdigest()


def _told(value: object) -> str:
    if is_dataclass(value):
        return "(" + ",".join(f"{field.name}={_told(getattr(value, field.name))}" for field in fields(value)) + ")"
    if isinstance(value, set | frozenset):
        return "{" + ",".join(sorted(map(_told, value))) + "}"
    if isinstance(value, Mapping):
        return "{" + ",".join(sorted(f"{_told(key)}:{_told(one)}" for key, one in value.items())) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_told, value)) + "]"
    return value.name if isinstance(value, PurePath) else repr(value)
