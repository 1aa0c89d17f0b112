"""Static files as they are served: texts compressed, once a process."""

import gzip
from functools import lru_cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

TEXTS = ("text/", "application/json", "image/svg")
# What is smaller gains nothing.
SMALLEST = 200


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise compresses what was collected; here files are served from where they are."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponseBase:
        whole: HttpResponseBase = WhiteNoiseMiddleware.serve(static_file, request)
        is_text = whole.get("Content-Type", "").startswith(TEXTS)
        if whole.status_code != 200 or not is_text or int(whole["Content-Length"]) < SMALLEST:
            return whole
        patch_vary_headers(whole, ["Accept-Encoding"])
        if request.method != "GET" or "gzip" not in request.headers.get("Accept-Encoding", ""):
            return whole
        path, _ = static_file.get_path_and_headers(request.META)
        answer = HttpResponse(packed(path, whole["ETag"]))
        for name, value in whole.items():
            answer[name] = value
        answer["Content-Encoding"] = "gzip"
        answer["Content-Length"] = str(len(answer.content))
        whole.close()
        return answer


@lru_cache(maxsize=512)
def packed(path: str, _etag: str) -> bytes:
    """A file compressed; it is another one with another etag."""
    return gzip.compress(Path(path).read_bytes(), mtime=0)
