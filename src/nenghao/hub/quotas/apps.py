"""Django's handle on the app."""

from django.apps import AppConfig


class QuotasConfig(AppConfig):
    """Names the app ``quotas``; follows what verdicts rest on."""

    name = "nenghao.hub.quotas"
    label = "quotas"

    def ready(self) -> None:
        """Have verdicts computed again whenever an output, a rule of allocation or a product changes."""
        # Models can be imported only once every app is known.
        from django.db.models.signals import post_delete, post_save  # noqa: PLC0415

        from nenghao.hub.evidence.entry import ledger_entered  # noqa: PLC0415
        from nenghao.hub.production.models import Product  # noqa: PLC0415
        from nenghao.hub.quotas.background import follow_ledgers, follow_products  # noqa: PLC0415

        ledger_entered.connect(follow_ledgers, dispatch_uid="quotas-stale")
        post_save.connect(follow_products, sender=Product, dispatch_uid="quotas-product-saved")
        post_delete.connect(follow_products, sender=Product, dispatch_uid="quotas-product-deleted")
