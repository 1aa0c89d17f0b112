"""A letter as a message of the wire: parts, headers, the link that stops it with one click."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core import mail

from analytics.mails.addresses import address_of
from analytics.models.deliveries import Delivery
from analytics.models.mailings import Mailing
from analytics.presentation.mail import PICTURE, Content, Letter, letter
from people.models import Project

LONGEST_SUBJECT = 200


@dataclass(frozen=True)
class Receiver:
    """Who gets it: a member or somebody outside, and the token that stops it."""

    email: str
    is_member: bool = False
    token: str = ""


class Parcel(mail.EmailMessage):
    """A message that is ready, in the form that Django's backends take."""

    def __init__(self, ready: EmailMessage, recipient: str, project: Project) -> None:
        super().__init__(str(ready["Subject"]), "", str(ready["From"]), [recipient])
        self.ready = ready
        self.project = project

    def message(self) -> EmailMessage:  # type: ignore[override]
        return self.ready


def parcel(delivery: Delivery, receiver: Receiver, content: Content) -> Parcel:
    """The message of one delivery. The same delivery has the same Message-ID at every try."""
    mailing, stop = delivery.mailing, address_of("mail-stop", receiver.token)
    written = letter(content, receiver.email, stop)
    message = EmailMessage(policy=SMTP)
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    message["Message-ID"] = f"<{delivery.message_id}@{host}>"
    message["Date"] = formatdate(delivery.created_at.timestamp())
    message["From"] = sender(mailing.project.name)
    message["To"] = Address(addr_spec=receiver.email)
    message["Subject"] = one_line(written.subject)[:LONGEST_SUBJECT]
    message["Auto-Submitted"] = "auto-generated"
    if stop:
        message["List-Id"] = f"<{list_of(mailing)}.{mailing.project.slug}.{host}>"
        message["List-Unsubscribe"] = f"<{stop}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    fill(message, written)
    return Parcel(message, receiver.email, mailing.project)


def fill(message: EmailMessage, written: Letter) -> None:
    """Text, or HTML with its pictures inside; the files beside them."""
    message.set_content(written.text, cte="quoted-printable")
    message.add_alternative(written.html, subtype="html", cte="quoted-printable")
    drawn = [(PICTURE, written.picture)]
    drawn += [(each.picture_name, each.picture) for each in written.sections]
    for name, picture in drawn:
        if picture:
            html = message.get_payload()[1]  # type: ignore[index]
            html.add_related(  # type: ignore[union-attr]
                picture, "image", "png", cid=f"<{name}>", disposition="inline",
                filename=f"{name}.png",
            )  # fmt: skip
    files = [(written.csv, written.file_name)]
    files += [(each.csv, each.file_name) for each in written.sections]
    for csv, name in files:
        if csv:
            message.add_attachment(
                csv.encode(), "text", "csv", filename=f"{name}.csv", params={"charset": "utf-8"}
            )


def sender(project: str) -> Address:
    """Ours, with the project's name; whatever that is, it stays in its header."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return Address(one_line(f"{name or 'Moments'} · {project}"), addr_spec=address)


def one_line(text: str) -> str:
    """Without line ends and other characters that are not seen."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def list_of(mailing: Mailing) -> str:
    return str(mailing.subscription_id or mailing.alert_id)
