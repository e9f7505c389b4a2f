"""Addresses of the trail."""

from django.urls import path

from core.audit.views import Trail

urlpatterns = [path("audit", Trail.as_view())]
