"""Where mails point to."""

from django.conf import settings
from django.urls import reverse


def address_of(name: str, *parts: object) -> str:
    """A page's address as mails say it; "" where there is nothing to point at."""
    if not all(parts):
        return ""
    return f"{settings.BASE_URL}{reverse(name, args=parts)}"
