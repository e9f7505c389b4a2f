"""`manage.py partitions`: make the day partitions that are missing."""

from typing import Any

from django.core.management.base import BaseCommand

from inspection.services import partitions


class Command(BaseCommand):
    """Safe to repeat; beat does it hourly."""

    help = "Make the day partitions that are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them, and say how many."""
        made = partitions.ensure()
        if options["verbosity"] > 1:
            self.stdout.write(f"{made} partitions made.")
