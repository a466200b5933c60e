"""The formulas of forms: a small expression language, decimal and safe, in which missing is never zero.

A formula is arithmetic over the names of cells, with comparisons and six functions. It is parsed by Python's own
parser and then walked by this module, which knows the node kinds below and refuses every other, so that a form file
can compute but not act. (A ready evaluator would bring binary floats, attributes of objects and texts that multiply;
what is needed here is a page of code.)

Names: ``consumption`` is a cell of the same row or section, ``head.output_value`` a cell of a section of single
fields, ``last.closing`` and ``last_year.closing`` the same cell as filed for the period before and a year before.

``sum(energy, consumption * factor)`` goes over the rows of a table, with an optional condition as its third part: a
row in which every cell named is blank does not count, one in which some are blank makes the sum unknown.
``or0(x)`` says that a blank cell means nothing there; ``known(x)``, ``abs``, ``min``, ``max``, ``round(x, 2)``.

>>> Expression("a + or0(b)").value({"a": Decimal("1.1")}.get)
Decimal('1.1')
>>> Expression("a + b").value({"a": Decimal("1.1")}.get) is None
True
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException
from typing import Any

from nenghao.errors import NenghaoError

Value = Decimal | str | bool | None
Lookup = Callable[[str], Value]
"""Gives the value of a name (``consumption``, ``head.output_value``, ``last.closing``), ``None`` where it is blank."""
Rows = Callable[[str], Iterable[Lookup]]
"""Gives the rows of a table, each as a lookup."""

LIMIT = 500
CONTEXT = Context(prec=40)
_ARITHMETIC: Mapping[type[ast.AST], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: CONTEXT.add, ast.Sub: CONTEXT.subtract, ast.Mult: CONTEXT.multiply, ast.Div: CONTEXT.divide,
}  # fmt: skip
_COMPARISONS: Mapping[type[ast.AST], Callable[[Any, Any], bool]] = {
    ast.Eq: lambda a, b: a == b, ast.NotEq: lambda a, b: a != b, ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b, ast.Gt: lambda a, b: a > b, ast.GtE: lambda a, b: a >= b,
}  # fmt: skip
_FUNCTIONS = {"sum": (2, 3), "or0": (1, 1), "known": (1, 1), "abs": (1, 1), "min": (1, 9), "max": (1, 9),
              "round": (2, 2)}  # fmt: skip
_KNOWN_NODES = (
    ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Call, ast.Name, ast.Attribute, ast.Constant,
)  # fmt: skip


def _no_rows(_section: str) -> Iterable[Lookup]:
    return ()


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula; making one checks it. ``formula-bad`` says what is not understood."""

    text: str
    tree: ast.expr = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.text) > LIMIT:
            raise _bad(self.text, "太长", "too long")
        try:
            tree = ast.parse(self.text.strip(), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError) as broken:
            raise _bad(self.text, "写法不对", "not well-formed") from broken
        _check(tree, self.text)
        object.__setattr__(self, "tree", tree)

    @property
    def names(self) -> frozenset[str]:
        """The cells it reads outside of sums."""
        return frozenset(_names(self.tree))

    @property
    def sums(self) -> frozenset[tuple[str, str]]:
        """The cells of tables that its sums read: section and name."""
        calls = [node for node in ast.walk(self.tree) if _is_sum(node)]
        return frozenset((call.args[0].id, name) for call in calls for part in call.args[1:] for name in _names(part))  # type: ignore[attr-defined]

    def value(self, lookup: Lookup, rows: Rows = _no_rows) -> Value:
        """Compute it; ``None`` where a cell that it needs is blank, or by a division by zero."""
        try:
            return _value(self.tree, lookup, rows)
        except (DecimalException, TypeError):  # beyond all bounds, or a text where a number belongs
            return None


def _bad(text: str, zh: str, en: str) -> NenghaoError:
    return NenghaoError("formula-bad", f"公式{zh}：{text[:80]}", f"the formula is {en}: {text[:80]}", field="formula")


def _is_sum(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sum"


def _check(node: ast.expr, text: str) -> None:
    """Refuse what the language does not have."""
    if not isinstance(node, _KNOWN_NODES):
        raise _bad(text, "有不支持的写法", "more than the language of forms allows")
    if isinstance(node, ast.Attribute) and _dotted(node) is None:
        raise _bad(text, "的名称不对", "using a name that is none")
    if isinstance(node, ast.Constant) and (isinstance(node.value, (bytes, complex)) or node.value is None):
        raise _bad(text, "的常数不对", "using a constant that is none")
    if isinstance(node, ast.BinOp) and type(node.op) not in _ARITHMETIC:
        raise _bad(text, "只用 + - * /", "more than + - * /")
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, (ast.USub, ast.Not)):
        raise _bad(text, "有不支持的符号", "using an unknown sign")
    if isinstance(node, ast.Compare) and (len(node.ops) != 1 or type(node.ops[0]) not in _COMPARISONS):
        raise _bad(text, "一次只比较两个数", "comparing more than two things")
    if isinstance(node, ast.Call):
        _check_call(node, text)
    if not isinstance(node, ast.Attribute):
        for child in _children(node):
            _check(child, text)


def _check_call(node: ast.Call, text: str) -> None:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    least, most = _FUNCTIONS.get(name, (1, 0))
    if not least <= len(node.args) <= most or node.keywords:
        raise _bad(text, "的函数不对", f"using a function that is none: {name}")
    if name == "sum" and not isinstance(node.args[0], ast.Name):
        raise _bad(text, "：sum 的第一项须是表的名称", "a sum without the name of a table")


def _children(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        return node.args
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def _dotted(node: ast.expr) -> str | None:
    """Give a name of at most three parts as it is written."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or len(parts) > 2:
        return None
    return ".".join([node.id, *reversed(parts)])


def _names(node: ast.expr) -> set[str]:
    if isinstance(node, (ast.Name, ast.Attribute)):
        return {_dotted(node) or ""}
    if _is_sum(node):
        return set()
    return {name for child in _children(node) for name in _names(child)}


def _value(node: ast.expr, lookup: Lookup, rows: Rows) -> Value:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, (bool, str)) else Decimal(str(node.value))
    if isinstance(node, (ast.Name, ast.Attribute)):
        return lookup(_dotted(node) or "")
    if isinstance(node, ast.Call):
        return _call(node, lookup, rows)
    return _OPERATORS[type(node)](node, lookup, rows)


def _signed(node: ast.UnaryOp, lookup: Lookup, rows: Rows) -> Value:
    inner = _value(node.operand, lookup, rows)
    if inner is None:
        return None
    return not inner if isinstance(node.op, ast.Not) else -_number(inner)


def _chosen(node: ast.IfExp, lookup: Lookup, rows: Rows) -> Value:
    chosen = _value(node.test, lookup, rows)
    return None if chosen is None else _value(node.body if chosen else node.orelse, lookup, rows)


def _computed(node: ast.BinOp, lookup: Lookup, rows: Rows) -> Value:
    left, right = (_value(side, lookup, rows) for side in (node.left, node.right))
    return None if left is None or right is None else _ARITHMETIC[type(node.op)](_number(left), _number(right))


def _compared(node: ast.Compare, lookup: Lookup, rows: Rows) -> Value:
    left, right = (_value(side, lookup, rows) for side in (node.left, node.comparators[0]))
    return None if left is None or right is None else _COMPARISONS[type(node.ops[0])](left, right)


def _number(value: Value) -> Decimal:
    if not isinstance(value, Decimal):
        raise TypeError(value)
    return value


def _both(node: ast.BoolOp, lookup: Lookup, rows: Rows) -> bool | None:
    """Tell ``and``, ``or``: known as soon as one part decides, else unknown while a part is."""
    deciding = isinstance(node.op, ast.Or)
    parts = [_value(part, lookup, rows) for part in node.values]
    if any(part is not None and bool(part) is deciding for part in parts):
        return deciding
    return None if any(part is None for part in parts) else not deciding


def _call(node: ast.Call, lookup: Lookup, rows: Rows) -> Value:
    name = node.func.id  # type: ignore[attr-defined]
    if name == "sum":
        return _sum(node, rows)
    given = [_value(part, lookup, rows) for part in node.args]
    if name == "known":
        return given[0] is not None
    if name == "or0" and given[0] is None:
        return Decimal(0)
    if any(part is None for part in given):
        return None
    numbers = [_number(part) for part in given]
    if name == "round":
        return numbers[0].quantize(Decimal(1).scaleb(-int(numbers[1])), ROUND_HALF_UP, context=CONTEXT)
    return {"or0": min, "abs": lambda kept: abs(kept[0]), "min": min, "max": max}[name](numbers)


def _sum(node: ast.Call, rows: Rows) -> Value:
    wanted, names = node.args[1], _names(node.args[1])
    total, found = Decimal(0), False
    for row in rows(node.args[0].id):  # type: ignore[attr-defined]
        if len(node.args) > 2 and not _value(node.args[2], row, rows):
            continue
        if all(row(name) is None for name in names):
            continue
        part = _value(wanted, row, rows)
        if part is None:
            return None
        total, found = CONTEXT.add(total, _number(part)), True
    return total if found else None


_OPERATORS: Mapping[type[ast.expr], Callable[[Any, Lookup, Rows], Value]] = {
    ast.UnaryOp: _signed, ast.IfExp: _chosen, ast.BinOp: _computed, ast.Compare: _compared, ast.BoolOp: _both,
}  # fmt: skip
