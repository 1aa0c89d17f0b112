"""Where clients send data."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
