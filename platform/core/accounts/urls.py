"""Addresses of accounts."""

from django.urls import path

from core.accounts import views
from core.resources import routes

urlpatterns = [
    path("auth/login", views.SignIn.as_view()),
    path("auth/logout", views.SignOut.as_view()),
    path("auth/csrf", views.CsrfToken.as_view()),
    path("auth/token", views.GetToken.as_view()),
    path("auth/me", views.Myself.as_view()),
    path("auth/password", views.Password.as_view()),
    *routes(tokens=views.Tokens, users=views.People),
]
