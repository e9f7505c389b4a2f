"""`manage.py audit verify`: whether the chain of the trail holds; `audit export`: its head."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.audit import chain


class Command(BaseCommand):
    """Exit status 1 when an entry was changed, removed, put in or cut off."""

    help = "Check the hash chain of the audit trail."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do."""
        parser.add_argument("what", choices=["verify", "export"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the head down, or walk the chain from its beginning."""
        if options["what"] == "export":
            self.stdout.write(str(chain.export()))
            return
        broken = chain.verify()
        if broken is not None:
            self.stderr.write(f"The audit trail is broken: {broken}")
            sys.exit(1)
        entries, digest = chain.head()
        self.stdout.write(f"The audit trail holds: {entries} entries, head {digest}.")
