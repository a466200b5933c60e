"""Addresses of the monitoring pages."""

from django.urls import path

from nenghao.hub.monitoring import views

urlpatterns = [
    path("", views.home, name="home"),
    path("regions/<str:code>/", views.region, name="region"),
    path("regions/<str:code>/export/<slug:table>/", views.region_export, name="region-export"),
    path("enterprises/", views.enterprises, name="enterprises"),
    path("enterprises/<str:code>/", views.enterprise, name="enterprise"),
    path("enterprises/<str:code>/load/", views.load, name="enterprise-load"),
    path("enterprises/<str:code>/export/<slug:table>/", views.enterprise_export, name="enterprise-export"),
    path("enterprises/<str:code>/figures/<slug:energy_key>/", views.figure, name="figure"),
    path("enterprises/<str:code>/readings/<str:data_code>/", views.reading, name="reading"),
    path("uploads/", views.uploads, name="uploads"),
    path("uploads/<int:batch_id>/", views.upload, name="upload"),
]
