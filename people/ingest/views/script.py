"""The script of a web site: one file, the same for every project, which says its key itself."""

from hashlib import sha256
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import condition

from people.ingest.http import open_to_all

SCRIPT = (Path(__file__).parents[1] / "m.js").read_text()
KEPT = "public, max-age=3600, stale-while-revalidate=86400"
ETAG = f'"{sha256(SCRIPT.encode()).hexdigest()[:16]}"'


def etag(_request: HttpRequest) -> str:
    return ETAG


@open_to_all("GET", "HEAD")
@condition(etag_func=etag)
def script(_request: HttpRequest) -> HttpResponse:
    """Kept by browsers for an hour, and then asked for again by its ETag."""
    response = HttpResponse(SCRIPT, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = KEPT
    # A page with COEP may use it, too.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


ROUTES = [path("m.js", script, name="script")]
