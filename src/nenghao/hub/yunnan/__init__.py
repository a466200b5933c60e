"""Dialect B (Yunnan) on the platform's side: token, dictionaries by index, one record per request."""
