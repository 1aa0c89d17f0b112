"""Every address of the product: pages, the admin, the API, and where clients send data."""

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularJSONAPIView,
    SpectacularSwaggerSplitView,
    SpectacularYAMLAPIView,
)

from analytics.api.assistants import AssistantView
from moments.views import help_page, status, style_guide
from people.api.nowhere import elsewhere
from people.views.sign_in import SignInView, admin_sign_in

SCHEMAS = {
    "": SpectacularAPIView.as_view(),
    "json": SpectacularJSONAPIView.as_view(),
    "yaml": SpectacularYAMLAPIView.as_view(),
}


def schema(request: HttpRequest) -> HttpResponseBase:
    """The description of the API, as `?format=` or the header Accept wants it."""
    view = SCHEMAS.get(request.GET.get("format", ""))
    return view(request) if view else elsewhere(request, "")


admin.site.login = admin_sign_in  # type: ignore[assignment,method-assign]
admin.site.site_header = admin.site.site_title = "Moments"
admin.site.index_title = "What is recorded"

# Nothing here has groups, and the schedule stands in the settings.
SCHEDULES = (PeriodicTask, ClockedSchedule, CrontabSchedule, IntervalSchedule, SolarSchedule)
# Of allauth only who has which second factor, and who comes by a provider, can be of use.
OF_ALLAUTH = (EmailAddress, SocialApp, SocialToken, UserSession)
admin.site.unregister([Group, *SCHEDULES, *OF_ALLAUTH])

# The viewer of the API's documentation styles itself inline; it shows nothing that users wrote.
docs = csp_update({"style-src": [SELF, UNSAFE_INLINE]})(
    SpectacularSwaggerSplitView.as_view(url_name="schema")
)

handler500 = "moments.views.broken"
urlpatterns = [
    path("favicon.ico", RedirectView.as_view(url=static("icon.svg"))),
    path("sign-in/", SignInView.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("styleguide/", style_guide, name="styleguide"),
    path("help/", help_page, name="help"),
    path("p/<slug:slug>/status/", status, name="status"),
    path("admin/", admin.site.urls),
    path("mcp", AssistantView.as_view(), name="mcp"),
    path("api/schema/", schema, name="schema"),
    path("api/docs/", docs, name="api-docs"),
    path("api/", include("people.urls.api")),
    path("api/", include("analytics.urls.api")),
    re_path(r"^api/(?P<rest>(?s:.*))$", elsewhere, name="api-elsewhere"),
    path("", include("people.urls.ingest")),
    path("", include("people.urls.pages")),
    path("", include("people.urls.second_factor")),
    path("", include("analytics.urls.pages")),
    path("", include("analytics.urls.mails")),
]
