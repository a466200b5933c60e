"""Addresses of the pages about what came over dialect B (Yunnan)."""

from django.urls import path

from nenghao.hub.yunnan import pages

urlpatterns = [
    path("yunnan/", pages.applications, name="yunnan-applications"),
    path("yunnan/applications/<str:data_index>/", pages.application, name="yunnan-application"),
    path("yunnan/records/", pages.records, name="yunnan-records"),
    path("yunnan/records/<str:data_index>/", pages.record, name="yunnan-record"),
    path("yunnan/coefficients/", pages.coefficients, name="yunnan-coefficients"),
    path("yunnan/pictures/<str:data_index>/<slug:field>/", pages.picture, name="yunnan-picture"),
]
