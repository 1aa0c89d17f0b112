"""Let somebody in again who lost their second factor and their recovery codes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from people import two_factor
from people.models import User


class Command(BaseCommand):
    help = (
        "Takes the second factor off an account: its password alone is enough, until it adds one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *_: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"Nobody has an account with {options['email']}.")
        if not two_factor.forget(user):
            raise CommandError(f"{user.email} has no second factor.")
        self.stdout.write(f"{user.email} signs in by password alone now.")
