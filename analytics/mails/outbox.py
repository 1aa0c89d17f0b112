"""What sends mails where there is no mail server: it keeps them, for the page "Outbox"."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from analytics.models import KeptMail
from people.models import Project


class Outbox(BaseEmailBackend):
    """A backend of Django's mails; one with a `project` is shown to its members."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            project: Project | None = getattr(message, "project", None)
            KeptMail.objects.create(
                project=project,
                recipient=", ".join(message.recipients())[:320],
                subject=" ".join(message.subject.split())[:1000],
                message=message.message().as_bytes(),
            )
        return len(email_messages)
