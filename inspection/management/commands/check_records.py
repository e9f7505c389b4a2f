"""`manage.py check_records`: what no foreign key can watch over, looked at by hand or by cron."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from inspection.selectors import records


class Command(BaseCommand):
    """Exit status 1 when something is missing."""

    help = "Look for rows whose partners are missing, and for images absent in the store."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what is wrong, a line a kind."""
        found = list(records.faults())
        for fault in found:
            self.stderr.write(f"{fault.count} {fault.words}: {', '.join(fault.examples)}")
        if found:
            sys.exit(1)
        self.stdout.write("Every record has its partners, and every image is in the store.")
