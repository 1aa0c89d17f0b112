"""Pages about projects and what comes into them."""

from django.urls import path

from people import views

urlpatterns = [
    path("", views.home, name="home"),
    path("p/<slug:slug>/live/", views.live, name="live"),
    path("p/<slug:slug>/live/try-again/", views.try_again, name="try-again"),
    path("p/<slug:slug>/send/", views.send, name="send"),
]
