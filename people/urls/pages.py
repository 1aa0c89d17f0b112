"""Pages about people and projects."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
