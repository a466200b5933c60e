"""Addresses of dialect B (Yunnan): the wire, and the pages about what came over it."""

from django.urls import path

from nenghao.hub.yunnan import pages
from nenghao.hub.yunnan.views import wire
from nenghao.protocol.yunnan import BASE_PATH

urlpatterns = [
    path(f"{BASE_PATH}/<path:operation>", wire),
    path("yunnan/", pages.applications, name="yunnan-applications"),
    path("yunnan/applications/<str:data_index>/", pages.application, name="yunnan-application"),
    path("yunnan/records/", pages.records, name="yunnan-records"),
    path("yunnan/records/<str:data_index>/", pages.record, name="yunnan-record"),
    path("yunnan/coefficients/", pages.coefficients, name="yunnan-coefficients"),
    path("yunnan/pictures/<str:data_index>/<slug:field>/", pages.picture, name="yunnan-picture"),
]
