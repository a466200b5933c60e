"""Addresses of the quarterly documents."""

from django.urls import path

from nenghao.hub.bulletins import views

urlpatterns = [
    path("bulletins/", views.bulletins, name="bulletins"),
    path("bulletins/new/", views.new, name="bulletin-new"),
    path("bulletins/<int:document_id>/", views.bulletin, name="bulletin"),
    path("bulletins/<int:document_id>/figures/", views.renew, name="bulletin-renew"),
    path("bulletins/<int:document_id>/issue/", views.issue, name="bulletin-issue"),
    path("bulletins/<int:document_id>/file/<slug:kind>/", views.download, name="bulletin-file"),
]
