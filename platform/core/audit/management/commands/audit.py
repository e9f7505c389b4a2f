"""`manage.py audit verify`: whether the chain of the audit trail holds."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.audit import trail
from core.audit.models import Entry


class Command(BaseCommand):
    """Exit status 1 when an entry was changed, removed or put in."""

    help = "Check the hash chain of the audit trail."

    def add_arguments(self, parser: CommandParser) -> None:
        """`verify` is the one thing to do."""
        parser.add_argument("what", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk the chain from its beginning."""
        broken = trail.verify()
        if broken is not None:
            self.stderr.write(f"The audit trail is broken at entry {broken}.")
            sys.exit(1)
        last = Entry.objects.order_by("-id").values_list("digest", flat=True).first()
        self.stdout.write(f"The audit trail holds: {Entry.objects.count()} entries, head {last}.")
