"""Mixpanel: events, profiles, groups and imports, answered as each of its libraries reads it."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from people.ingest import mixpanel
from people.ingest.body import Sent
from people.ingest.http import WRONG_KEY, basic_user, keep, open_to_all, received, write_key
from people.ingest.messages import Parsed


@open_to_all("POST", "GET")
@received
def call(request: HttpRequest, sent: Sent, kind: str) -> HttpResponse:
    """`/track`, `/engage`, `/groups`, `/import`: `1`, or JSON where the client asks for it."""
    asked = {**request.GET.dict(), **sent.fields}
    given = mixpanel.key_of(sent.content) or asked.get("api_key") or basic_user(request)
    key = write_key(given)
    if key is None:
        return JsonResponse({"status": 0, "error": WRONG_KEY}, status=401)
    now = timezone.now()
    parsed = mixpanel.parse(sent.content, now)
    keep(key, parsed, "mixpanel", now)
    if kind == "import" and asked.get("strict") == "1":
        return strictly(parsed)
    if asked.get("verbose") == "1":
        return JsonResponse({"status": 1, "error": None})
    return HttpResponse("1")


def strictly(parsed: Parsed) -> HttpResponse:
    """How an import went, event by event."""
    failed = [
        {
            "index": each.index,
            "field": next(iter(each.errors), ""),
            "message": "; ".join(text for texts in each.errors.values() for text in texts),
        }
        for each in parsed.refused
    ]
    answer = {
        "code": 400 if failed else 200,
        "status": "Bad Request" if failed else "OK",
        "num_records_imported": len(parsed.messages),
        "failed_records": failed,
    }
    return JsonResponse(answer, status=400 if failed else 200)
