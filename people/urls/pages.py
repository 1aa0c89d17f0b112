"""Pages about projects and what comes into them."""

from django.urls import path

from people.views import data, imports, projects

PROJECT = "p/<slug:slug>"

urlpatterns = [
    path("", data.home, name="home"),
    path(f"{PROJECT}/delete/", projects.delete, name="project-delete"),
    path(f"{PROJECT}/live/", data.live, name="live"),
    path(f"{PROJECT}/live/try-again/", data.try_again, name="try-again"),
    path(f"{PROJECT}/send/", data.send, name="send"),
    path(f"{PROJECT}/import/", imports.imports, name="imports"),
    path(f"{PROJECT}/import/<int:pk>/", imports.one, name="import"),
    path(f"{PROJECT}/import/<int:pk>/rejected/", imports.rejected, name="import-rejected"),
]
