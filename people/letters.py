"""Mails about accounts, in plain text, at once: whoever waits for one is told if it did not go."""

import logging
import smtplib
from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

log = logging.getLogger(__name__)


def send(to: str, subject: str, letter: str, **context: Any) -> bool:
    """Send people/letters/`letter`.txt; False where the mail server would not take it."""
    text = render_to_string(f"people/letters/{letter}.txt", context)
    try:
        EmailMessage(subject, text, to=[to]).send()
    except (OSError, smtplib.SMTPException):
        log.exception("The mail “%s” was not sent", letter)
        return False
    return True
