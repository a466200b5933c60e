"""Code tables: regions, industries, processes, enumerations. The big ones are read when first asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from nenghao.errors import NenghaoError
from nenghao.reference.model import EnumerationItem, Industry, Process, Region
from nenghao.reference.refusals import ReferenceDataError
from nenghao.reference.tables import Row, read_header, read_rows

TREE = ("code", "name", "parent", "level")
PLACE_HOLDERS = ("市辖区", "县")


class CodeTables:
    """The code tables below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """Divisions in order of code; a parent that does not exist is refused."""
        rows = self._rows("regions", TREE, ("code",))
        names = {row.text("code"): row.text("name") for row in rows}
        regions = []
        for row in rows:
            _check_parent(row, names)
            name, parent = row.text("name"), row.optional("parent")
            display = names[parent] if parent and name in PLACE_HOLDERS else name
            regions.append(Region(row.text("code"), name, parent, row.text("level"), display))
        return tuple(regions)

    @cached_property
    def industries(self) -> tuple[Industry, ...]:
        """Industries in order of code."""
        rows = self._rows("industries", TREE, ("code",))
        names = {row.text("code"): row.text("name") for row in rows}
        for row in rows:
            _check_parent(row, names)
        return tuple(
            Industry(row.text("code"), row.text("name"), row.optional("parent"), row.text("level")) for row in rows
        )

    @cached_property
    def processes(self) -> tuple[Process, ...]:
        """Processes of the industries for which a list was found."""
        rows = self._rows(
            "processes", ("industry_code", "industry", "code", "name", "status"), ("industry_code", "code")
        )
        return tuple(
            Process(row.text("industry_code"), row.text("industry"), row.text("code"), row.text("name"), row.status())
            for row in rows
        )

    @cached_property
    def enumerations(self) -> dict[str, tuple[EnumerationItem, ...]]:
        """The lists of the wire by name."""
        lists: dict[str, list[EnumerationItem]] = {}
        columns = ("list", "remark", "code", "meaning", "status", "source", "note")
        for row in self._rows("enumerations", columns, ("list", "remark", "code")):
            item = EnumerationItem(
                row.text("list"), row.optional("remark"), row.text("code"), row.text("meaning"), row.status(),
                row.text("source"), row.optional("note"),
            )  # fmt: skip
            lists.setdefault(item.list, []).append(item)
        return {name: tuple(items) for name, items in lists.items()}

    def enumeration(self, name: str) -> tuple[EnumerationItem, ...]:
        """Give one list; an unknown name is refused with the names that exist."""
        try:
            return self.enumerations[name]
        except KeyError:
            known = "、".join(self.enumerations)
            raise NenghaoError(
                "enumeration-unknown", f"没有枚举「{name}」", f"there is no enumeration {name!r}",
                mend_zh=f"可用: {known}", mend_en=f"known: {known}",
            ) from None  # fmt: skip

    def _rows(self, name: str, columns: tuple[str, ...], identity: tuple[str, ...]) -> tuple[Row, ...]:
        return read_rows(read_header(self._folder / f"{name}.toml"), columns, identity)


def _check_parent(row: Row, names: dict[str, str]) -> None:
    parent = row.optional("parent")
    if parent and parent not in names:
        raise ReferenceDataError(
            "reference-parent", f"上级代码 {parent} 不存在", f"the parent code {parent} does not exist",
            record=row.place, field="parent", mend_zh="补上上级或改正代码", mend_en="add the parent or mend the code",
        )  # fmt: skip
