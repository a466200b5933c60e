"""Addresses of analysis."""

from django.urls import path

from nenghao.hub.analysis import report_views, views

urlpatterns = [
    path("analysis/", views.home, name="analysis"),
    path("analysis/regions/<str:region_code>/", views.region, name="analysis-region"),
    path("analysis/enterprises/<str:enterprise_code>/", views.enterprise, name="analysis-enterprise"),
    path("analysis/reports/", report_views.reports, name="situation-reports"),
    path("analysis/reports/new/", report_views.new, name="situation-report-new"),
    path("analysis/reports/<int:report_id>/", report_views.report, name="situation-report"),
    path("analysis/reports/<int:report_id>/figures/", report_views.renew, name="situation-report-renew"),
    path("analysis/reports/<int:report_id>/issue/", report_views.issue, name="situation-report-issue"),
    path("analysis/reports/<int:report_id>/file/<slug:kind>/", report_views.download, name="situation-report-file"),
]
