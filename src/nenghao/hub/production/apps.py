"""Django's handle on the app."""

from django.apps import AppConfig


class ProductionConfig(AppConfig):
    """Names the app ``production``."""

    name = "nenghao.hub.production"
    label = "production"

    def ready(self) -> None:
        """Let outputs and economic figures be imported as the other ledgers are."""
        from nenghao.hub.production.entry import offer_imports  # noqa: PLC0415 - models are loaded by now

        offer_imports()
