"""Texts that stand sealed in the database, so that whoever reads it or a backup of it cannot use
them: they open by SECRET_KEY alone."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

PURPOSE = b"moments.sealing"


class NotOursError(Exception):
    """It was sealed by another SECRET_KEY."""


def box() -> Fernet:
    """Another key than what else SECRET_KEY signs."""
    secret = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
    key = hashlib.blake2b(PURPOSE, key=secret, digest_size=32).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def seal(text: str) -> str:
    return box().encrypt(text.encode()).decode()


def opened(sealed: str) -> str:
    """The text of `seal`. Raises NotOursError."""
    try:
        return box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise NotOursError from error
