"""Django's handle on the app."""

from django.apps import AppConfig


class QualityReviewConfig(AppConfig):
    """Names the app ``quality_review``."""

    name = "nenghao.hub.quality_review"
    label = "quality_review"
