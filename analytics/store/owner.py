"""Who owns the embedded store, and how other processes of the installation reach the owner."""

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ADDRESS = "store_url"
LOCKS = ("up.lock", "store.lock")


@dataclass(frozen=True)
class Door:
    """Where an owner answers, and to whom."""

    host: str
    port: int
    user: str
    password: str
    data: Path

    @property
    def shown(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def url(self) -> str:
        account = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"clickhouse://{account}@{self.shown.removeprefix('http://')}"

    @contextmanager
    def announced(self) -> Iterator[None]:
        """Write the address down for commands that run beside the owner, as long as it runs."""
        file = self.data / ADDRESS
        private(file, self.url)
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


def private(file: Path, text: str) -> None:
    """Write a file that nobody else may read, not even while it is written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(text)


def kept_password(data: Path) -> str:
    """The store's password where the environment names none: made once, kept beside the data."""
    file = data / "store_password"
    if not file.exists():
        private(file, secrets.token_urlsafe(32))
    return file.read_text().strip()


def address(data: Path) -> str | None:
    """The address of the process that owns the folder's store; None where nobody does."""
    file = data / ADDRESS
    if not file.exists() or not any(is_held(data / lock) for lock in LOCKS):
        return None
    return file.read_text().strip()


def is_held(lock: Path) -> bool:
    """Whether another process holds the lock, which goes with it however it ends."""
    if not lock.exists():
        return False
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
