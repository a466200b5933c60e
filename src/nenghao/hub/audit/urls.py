"""Address of the audit trail."""

from django.urls import path

from nenghao.hub.audit import views

urlpatterns = [path("audit/", views.audit, name="audit")]
