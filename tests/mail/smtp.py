"""A real mail server on loopback that does what a test tells it to."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.services import free_port


class Post:
    """Takes mails, unless `answers` holds what to answer next: to RCPT by address, to DATA in turn.

    "drop" breaks the line after DATA before any answer; "hang" says nothing for `silence` seconds.
    """

    def __init__(self) -> None:
        self.letters: list[tuple[str, EmailMessage]] = []
        self.of_address: dict[str, str] = {}
        self.of_data: list[str] = []
        self.silence = 3.0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope,
                          address: str, options: list[str]) -> str:  # fmt: skip
        if refusal := self.of_address.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.of_data.pop(0) if self.of_data else "250 OK"
        if answer == "hang":
            await asyncio.sleep(self.silence)
        if answer == "drop then":
            self.take(envelope)
        if answer in ("drop", "drop then", "hang"):
            server.transport.abort()
            return "250 nobody hears it"
        if answer.startswith("250"):
            self.take(envelope)
        return answer

    def take(self, envelope: Envelope) -> None:
        message: Any = message_from_bytes(bytes(envelope.content or b""), policy=default)
        self.letters += [(address, message) for address in envelope.rcpt_tos]

    def to(self, address: str) -> list[EmailMessage]:
        return [message for recipient, message in self.letters if recipient == address]

    @property
    def addresses(self) -> list[str]:
        return sorted(address for address, _ in self.letters)


@contextmanager
def post_office() -> Iterator[tuple[Post, int]]:
    """A running server and its port."""
    post, port = Post(), free_port()
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield post, port
    finally:
        controller.stop()
