"""Statements (报表): prefilled, checked, filed, reviewed, kept as filed."""
