"""Print the address at which the first account is made."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from people import first


class Command(BaseCommand):
    help = "Prints the address at which the first account is made, as long as there is none."

    def handle(self, *_: Any, **__: Any) -> None:
        if not first.is_open():
            raise CommandError(
                "Somebody has an account already; sign in, or ask them to invite you."
            )
        self.stdout.write(first.address())
