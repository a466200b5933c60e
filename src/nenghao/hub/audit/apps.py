"""Django's handle on the app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Names the app ``audit``."""

    name = "nenghao.hub.audit"
    label = "audit"
