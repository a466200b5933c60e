"""Addresses of sign-in, password and accounts."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from nenghao.hub.accounts import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(next_page="/sign-in/"), name="sign-out"),
    path("password/", views.password, name="password"),
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/new/", views.new_account, name="new-account"),
    path("accounts/<str:username>/active/", views.set_active, name="set-account-active"),
]
