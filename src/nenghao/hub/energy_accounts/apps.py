"""Django's handle on the app."""

from django.apps import AppConfig


class EnergyAccountsConfig(AppConfig):
    """Names the app ``energy_accounts``; follows what is entered into the ledgers."""

    name = "nenghao.hub.energy_accounts"
    label = "energy_accounts"

    def ready(self) -> None:
        """Mark an account stale whenever a figure, a heating value or a statement it rests on changes."""
        # Models can be imported only once every app is known.
        from nenghao.hub.energy_accounts.stale import follow_ledgers  # noqa: PLC0415
        from nenghao.hub.evidence.entry import ledger_entered  # noqa: PLC0415

        ledger_entered.connect(follow_ledgers, dispatch_uid="energy-accounts-stale")
