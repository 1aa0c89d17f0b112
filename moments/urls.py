"""Every address of the product: pages, the admin, the API, and where clients send data."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from moments.views import style_guide

admin.site.site_header = admin.site.site_title = "Moments"

# The viewer of the API's documentation styles itself inline; it shows nothing that users wrote.
docs = csp_update({"style-src": [SELF, UNSAFE_INLINE]})(
    SpectacularSwaggerSplitView.as_view(url_name="schema")
)

urlpatterns = [
    path("favicon.ico", RedirectView.as_view(url=static("icon.svg"))),
    path("sign-in/", LoginView.as_view(template_name="sign-in.html"), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("styleguide/", style_guide, name="styleguide"),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", docs, name="api-docs"),
    path("api/", include("people.urls.api")),
    path("api/", include("analytics.urls.api")),
    path("", include("people.urls.ingest")),
    path("", include("people.urls.pages")),
    path("", include("analytics.urls.pages")),
]
