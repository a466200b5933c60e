"""Addresses of the credit list."""

from django.urls import path

from nenghao.hub.credit import views

urlpatterns = [
    path("credit/", views.credit, name="credit"),
    path("credit/candidates/", views.candidate_list, name="credit-candidates"),
    path("credit/new/", views.new_case, name="credit-new"),
    path("credit/exports/", views.exports, name="credit-exports"),
    path("credit/exports/<int:export_id>/", views.export_file, name="credit-export"),
    path("credit/cases/<int:case_id>/", views.case, name="credit-case"),
    path("credit/cases/<int:case_id>/<slug:action>/", views.step, name="credit-step"),
]
