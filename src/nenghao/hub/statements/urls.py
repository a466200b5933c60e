"""Addresses of statements."""

from django.urls import path

from nenghao.hub.statements import calendar_views, review_views, views

urlpatterns = [
    path("statements/", views.statements, name="statements"),
    path("statements/new/", views.new, name="statement-new"),
    path("statements/calendar/", calendar_views.calendar, name="statement-calendar"),
    path("statements/calendar/file/", calendar_views.calendar_download, name="statement-calendar-file"),
    path("statements/calendar/rule/", calendar_views.rule, name="statement-rule"),
    path("statements/<int:filing_id>/", views.statement, name="statement"),
    path("statements/<int:filing_id>/cell/", views.cell, name="statement-cell"),
    path("statements/<int:filing_id>/rows/<slug:section_key>/", views.row_new, name="statement-row-new"),
    path(
        "statements/<int:filing_id>/rows/<slug:section_key>/<slug:row_id>/", views.row_drop, name="statement-row-drop"
    ),
    path("statements/<int:filing_id>/renew/", views.renew, name="statement-renew"),
    path("statements/<int:filing_id>/import/", views.import_file, name="statement-import"),
    path("statements/<int:filing_id>/submit/", views.submit, name="statement-submit"),
    path("statements/<int:filing_id>/amend/", views.amend, name="statement-amend"),
    path("statements/<int:filing_id>/decide/", review_views.decide, name="statement-decide"),
    path("statements/<int:filing_id>/comment/", review_views.comment, name="statement-comment"),
    path("statements/<int:filing_id>/file/<slug:kind>/", views.download, name="statement-file"),
]
