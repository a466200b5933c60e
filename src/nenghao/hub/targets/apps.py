"""Django's handle on the app."""

from django.apps import AppConfig


class TargetsConfig(AppConfig):
    """Names the app ``targets``."""

    name = "nenghao.hub.targets"
    label = "targets"

    def ready(self) -> None:
        """Let the statistics of regions be imported as the ledgers of enterprises are."""
        from nenghao.hub.targets.statistic_entry import offer_imports  # noqa: PLC0415 - models are loaded by now

        offer_imports()
