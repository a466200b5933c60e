"""A tiny evaluator for the formulas that our workbooks use, independent of the code that wrote them.

It reads the cells as a spreadsheet would: numbers, texts, and formulas made of ``+ - * /``, comparisons, parentheses,
references to cells and ranges, and SUM, SUMIFS, COUNT, IF, AND, MIN, MAX, ABS.
"""

from __future__ import annotations

import math
import operator
import re
from functools import lru_cache

TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+\.?\d*(?:e[-+]?\d+)?)|(?P<text>"(?:[^"]|"")*")
    |(?P<ref>(?:'(?:[^']|'')*'!)?\$?[A-Z]{1,2}\$?\d+(?::\$?[A-Z]{1,2}\$?\d+)?)
    |(?P<name>[A-Z]+)(?=\()|(?P<op><=|>=|<>|[-+*/(),<>=]))""",
    re.VERBOSE,
)


class Spreadsheet:
    """The values of a workbook, computed on demand."""

    def __init__(self, book):
        self.book = book
        self.value = lru_cache(maxsize=None)(self._value)

    def _value(self, sheet, column, row):
        cell = self.book[sheet].cell(row, column)
        if cell.data_type != "f":
            return cell.value
        return Formula(self, sheet, cell.value.removeprefix("=")).result()

    def row(self, sheet, number):
        return [self.value(sheet, i + 1, number) for i in range(self.book[sheet].max_column)]

    def rows(self, sheet):
        return [self.row(sheet, number) for number in range(2, self.book[sheet].max_row + 1)]

    def cells(self, reference, sheet):
        place, _bang, area = reference.rpartition("!")
        sheet = place[1:-1].replace("''", "'") if place else sheet
        first, _colon, last = area.replace("$", "").partition(":")
        (c1, r1), (c2, r2) = split(first), split(last or first)
        return [self.value(sheet, c, r) for r in range(r1, r2 + 1) for c in range(c1, c2 + 1)]


def split(address):
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", address).groups()
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column, int(digits)


def number(value):
    """Give what arithmetic makes of a value: nothing is 0, a text is an error."""
    return 0 if value is None else math.nan if isinstance(value, str) else value


def numbers(values):
    return [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]


class Formula:
    """One formula, by recursive descent: comparison, sum, product, sign, atom."""

    def __init__(self, spreadsheet, sheet, text):
        self.spreadsheet, self.sheet = spreadsheet, sheet
        self.tokens, place = [], 0
        while place < len(text):
            found = TOKEN.match(text, place)
            assert found, text[place:]
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            place = found.end()

    def result(self):
        value = self.comparison()
        assert not self.tokens, self.tokens
        return value

    def take(self, *ops):
        if self.tokens and self.tokens[0][0] == "op" and self.tokens[0][1] in ops:
            return self.tokens.pop(0)[1]
        return None

    def comparison(self):
        left = self.sum()
        while op := self.take("<=", ">=", "<>", "<", ">", "="):
            left = compare(op, left, self.sum())
        return left

    def sum(self):
        value = self.product()
        while op := self.take("+", "-"):
            value, other = number(value), number(self.product())
            value = value + other if op == "+" else value - other
        return value

    def product(self):
        value = self.sign()
        while op := self.take("*", "/"):
            value, other = number(value), number(self.sign())
            value = value * other if op == "*" else value / other if other else math.nan
        return value

    def sign(self):
        if self.take("-"):
            return -self.sign()
        self.take("+")
        return self.atom()

    def atom(self):
        if self.take("("):
            value = self.comparison()
            assert self.take(")")
            return value
        kind, text = self.tokens.pop(0)
        if kind == "number":
            return float(text)
        if kind == "text":
            return text[1:-1].replace('""', '"')
        if kind == "name":
            return self.function(text)
        [value] = self.spreadsheet.cells(text, self.sheet)
        return 0 if value is None else value

    def function(self, name):
        assert self.take("(")
        if name == "IF":
            return self.choice()
        arguments = [self.argument()]
        while self.take(","):
            arguments.append(self.argument())
        assert self.take(")")
        flat = numbers(value for one in arguments for value in (one if isinstance(one, list) else [one]))
        if name == "AND":
            return all(arguments)
        if name == "SUMIFS":
            return sumifs(*arguments)
        return {"SUM": sum, "MIN": min, "MAX": max, "COUNT": len, "ABS": lambda v: abs(v[0])}[name](flat)

    def choice(self):
        """Both branches are computed; a division by zero in the one not chosen is a NaN that nobody sees."""
        condition = self.comparison()
        branches = []
        for closing in (",", ")"):
            assert self.take(",")
            branches.append(self.comparison())
            assert closing == "," or self.take(")")
        return branches[0] if condition else branches[1]

    def argument(self):
        if self.tokens[0][0] == "ref" and ":" in self.tokens[0][1]:
            return self.spreadsheet.cells(self.tokens.pop(0)[1], self.sheet)
        return self.comparison()


OPERATORS = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le,
             ">=": operator.ge}  # fmt: skip


def compare(op, left, right):
    return OPERATORS[op](left, right)


def sumifs(values, *conditions):
    total = 0.0
    for row, value in enumerate(values):
        pairs = zip(conditions[::2], conditions[1::2], strict=True)
        if all(matches(area[row], wanted) for area, wanted in pairs):
            total += value or 0
    return total


def matches(value, wanted):
    found = re.fullmatch(r"(<=|>=|<>|<|>)(.+)", wanted) if isinstance(wanted, str) else None
    return compare(found[1], value, float(found[2])) if found else value == wanted
