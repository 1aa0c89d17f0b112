"""Every address of the product: pages, the admin, the API, and where clients send data."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    path("sign-in/", LoginView.as_view(template_name="sign-in.html"), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
    path("api/", include("people.urls.api")),
    path("api/", include("analytics.urls.api")),
    path("", include("people.urls.ingest")),
    path("", include("people.urls.pages")),
    path("", include("analytics.urls.pages")),
]
