"""One line to the mail server: what it took, what it refused, and what nobody knows.

The steps of SMTP are taken one by one, because it matters where a line breaks: before the message
was handed over it can be tried again, after that it may have arrived.
"""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.policy import SMTP
from email.utils import parseaddr
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend


class Postponed(Exception):
    """Nothing was handed over; it may be taken another time."""


class Refused(Exception):
    """The server will not take it."""


class Unclear(Exception):
    """The line broke after the message was handed over: it may have arrived."""


class Line:
    """An open line; one is used for many mails, and opened anew where it broke."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend: Any = backend

    def open(self) -> None:
        """Raises Postponed where the server cannot be reached."""
        try:
            self.backend.open()
        except (OSError, smtplib.SMTPException) as error:
            raise Postponed(f"The mail server cannot be reached: {said(error)}") from error

    def send(self, message: EmailMessage) -> None:
        """Hand a mail over to the server. Raises Postponed, Refused or Unclear."""
        self.open()
        # A backend that is no SMTP (the outbox, a file) keeps a mail or raises.
        server = getattr(self.backend, "connection", None)
        if not isinstance(server, smtplib.SMTP):
            self.backend.send_messages([message])
            return
        try:
            hand_over(server, message)
        except (Postponed, Unclear):
            # After an answer out of order the line is of no more use.
            self.close()
            raise
        except Refused:
            with self.forgiving():
                server.rset()
            raise

    @contextmanager
    def forgiving(self) -> Iterator[None]:
        """A line that breaks where nothing hangs on it is closed."""
        try:
            yield
        except (OSError, smtplib.SMTPException):
            self.close()

    def close(self) -> None:
        with suppress(OSError, smtplib.SMTPException):
            self.backend.close()
        self.backend.connection = None


@contextmanager
def line() -> Iterator[Line]:
    """A line for some mails."""
    found = Line(get_connection())
    try:
        yield found
    finally:
        found.close()


def hand_over(server: smtplib.SMTP, message: EmailMessage) -> None:
    """MAIL, RCPT, DATA: until DATA nothing was handed over."""
    text = message.message().as_bytes(policy=SMTP)
    try:
        server.ehlo_or_helo_if_needed()
        sender = parseaddr(message.from_email)[1]
        accepted(server.mail(sender, [f"size={len(text)}"] if server.has_extn("size") else []))
        for address in message.recipients():
            accepted(server.rcpt(address))
    except (OSError, smtplib.SMTPException) as error:
        raise Postponed(f"The line broke: {said(error)}") from error
    try:
        accepted(server.data(text))
    except smtplib.SMTPDataError as error:
        accepted((error.smtp_code, error.smtp_error))
    except (OSError, smtplib.SMTPException) as error:
        raise Unclear(f"The line broke after it was handed over: {said(error)}") from error


def accepted(answer: tuple[int, bytes | str]) -> None:
    """Go on where the server took it; 4xx may pass, everything else is for good."""
    code, text = answer
    if 200 <= code < 300:
        return
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    reason = f"The mail server says {code} {' '.join(words.split())}"
    raise Postponed(reason) if 400 <= code < 500 else Refused(reason)


def said(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text or type(error).__name__
