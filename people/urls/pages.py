"""Pages about people and projects."""

from django.urls import path

from people import views

urlpatterns = [path("", views.home, name="home")]
