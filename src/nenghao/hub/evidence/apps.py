"""Django's handle on the app."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Names the app ``evidence``."""

    name = "nenghao.hub.evidence"
    label = "evidence"
