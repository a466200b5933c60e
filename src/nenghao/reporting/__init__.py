"""Reporting (报表): tables and forms as files that people open in an office program.

>>> from nenghao.reporting import Column, table_workbook
>>> content = table_workbook("日用电量", [Column("日期", "date"), Column("电量", "number", unit="kWh")], [], [])
>>> content[:2]
b'PK'
"""

from nenghao.reporting.workbook import MAX_ROWS, Column, Formula, SheetTable, table_workbook, tables_workbook

__all__ = ["MAX_ROWS", "Column", "Formula", "SheetTable", "table_workbook", "tables_workbook"]
