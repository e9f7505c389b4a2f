"""`manage.py prepare`: tables, bucket and first admin on servers of your own; safe to repeat."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config import preparation


class Command(BaseCommand):
    """For installations that run the processes themselves, before the first of them starts."""

    help = "Wait for the servers, migrate, make the bucket and the first admin."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """--wait: how many seconds a server may take to answer."""
        parser.add_argument("--wait", type=float, default=60)

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, and print the first admin's password when it was made up."""
        if password := preparation.prepare(wait=options["wait"], static=False):
            self.stdout.write(f"Sign in as admin with the password {password}.")
