"""Filters of the account pages."""

from __future__ import annotations

from django import template

from nenghao.hub.energy_accounts.balance_page import use_name

register = template.Library()
register.filter("use_name", use_name)
