"""Checklists of acceptance (验收清单) as files: what must be met, and where that is said."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from nenghao.hub.access_progress.models import AcceptanceKind

Status = Literal["published", "secondhand", "unverified"]


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One point of a list, with its source."""

    code: str
    text_zh: str
    text_en: str
    source: str
    status: Status


class Checklist(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list; an acceptance keeps a copy of it as it stood at its start."""

    key: str
    version: str
    title_zh: str
    title_en: str
    source: str
    status: Status
    points: tuple[Point, ...]


@cache
def checklist(kind: str) -> Checklist:
    """Give the list for a kind of acceptance; it refuses a file of another kind or with a code used twice."""
    text = files(__name__).joinpath(f"{AcceptanceKind(kind).value}.toml").read_text(encoding="utf-8")
    found = msgspec.toml.decode(text, type=Checklist)
    codes = [point.code for point in found.points]
    if found.key != kind or len(set(codes)) != len(codes):
        raise ValueError(f"checklist {kind}: wrong key or a code twice")
    return found


def stored(kept: dict) -> Checklist:
    """Read the list that an acceptance keeps."""
    return msgspec.convert(kept, Checklist)
