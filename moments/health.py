"""What machines ask: does the process run, do its services answer, what are the figures."""

import resource
import sys
from collections.abc import Callable
from dataclasses import asdict

from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse, JsonResponse

from moments import __version__, services

SERVICES: dict[str, Callable[[], str | None]] = {
    "database": services.database,
    "broker": services.broker,
    "store": services.store,
}


def live() -> HttpResponse:
    """The process answers; what it needs is not looked at."""
    return JsonResponse({"status": "live"})


def ready() -> HttpResponse:
    """200 where everything answers that is needed, else 503; in words, and without any address."""
    found = states()
    backlog = asdict(services.backlog()) if found["database"] == "ok" else None
    fine = all(state == "ok" for state in found.values())
    return JsonResponse({**found, "backlog": backlog}, status=200 if fine else 503)


def states() -> dict[str, str]:
    return {name: look() or "ok" for name, look in SERVICES.items()}


def metrics() -> HttpResponse:
    """Prometheus' text format."""
    lines = [
        "# TYPE moments_info gauge",
        f'moments_info{{version="{__version__}"}} 1',
        "# HELP moments_up Whether a service that is needed answers.",
        "# TYPE moments_up gauge",
    ]
    found = states()
    lines += [f'moments_up{{service="{name}"}} {int(s == "ok")}' for name, s in found.items()]
    try:
        lines += figures()
    except (DatabaseError, InterfaceError):
        lines.append("# The database is away, and with it all figures from it.")
    lines += gauge("moments_disk_free_bytes", "Free in the data folder.", services.free_bytes())
    lines += gauge("process_resident_memory_peak_bytes", "Of this process.", peak_bytes())
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


def figures() -> list[str]:
    backlog = services.backlog()
    lines = gauge("moments_backlog_batches", "Accepted, not in the store.", backlog.batches)
    seconds = backlog.oldest_seconds
    lines += gauge("moments_backlog_oldest_seconds", "Age of the oldest of those.", seconds)
    lines += ["# HELP moments_runs Computations of reports.", "# TYPE moments_runs gauge"]
    for state, count in services.questions().items():
        lines.append(f'moments_runs{{state="{state}"}} {count}')
    return lines


def gauge(name: str, words: str, value: float) -> list[str]:
    return [f"# HELP {name} {words}", f"# TYPE {name} gauge", f"{name} {value}"]


def peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def not_from_here() -> HttpResponse:
    return HttpResponse("Figures are for the addresses of METRICS_ALLOW.\n", status=403)
