"""All addresses of the hub; each app brings its own."""

from __future__ import annotations

from django.urls import include, path
from django.views.i18n import set_language

handler500 = "nenghao.hub.busy.server_error"

urlpatterns = [
    path("", include("nenghao.hub.lean_urls")),
    path("language/", set_language, name="set_language"),
    path("", include("nenghao.hub.accounts.urls")),
    path("", include("nenghao.hub.audit.urls")),
    path("", include("nenghao.hub.devices.urls")),
    path("", include("nenghao.hub.registry.urls")),
    path("", include("nenghao.hub.monitoring.urls")),
    path("", include("nenghao.hub.quality_rules.urls")),
    path("", include("nenghao.hub.quality_review.urls")),
    path("", include("nenghao.hub.corrections.urls")),
    path("", include("nenghao.hub.evidence.urls")),
    path("", include("nenghao.hub.access_progress.urls")),
    path("", include("nenghao.hub.bulletins.urls")),
    path("", include("nenghao.hub.credit.urls")),
    path("", include("nenghao.hub.yunnan.urls")),
    path("", include("nenghao.hub.chain.urls")),
    path("", include("nenghao.hub.open_api.urls")),
    path("", include("nenghao.hub.production.urls")),
    path("", include("nenghao.hub.energy_accounts.urls")),
    path("", include("nenghao.hub.indicators.urls")),
    path("", include("nenghao.hub.quotas.urls")),
    path("", include("nenghao.hub.targets.urls")),
    path("", include("nenghao.hub.statements.urls")),
    path("", include("nenghao.hub.analysis.urls")),
]
