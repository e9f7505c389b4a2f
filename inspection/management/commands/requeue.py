"""`manage.py requeue`: what beat does every few seconds, once and by hand."""

from typing import Any

from django.core.management.base import BaseCommand

from inspection.services import registry, work


class Command(BaseCommand):
    """Queue again what lost its worker, wake workers, complete releases that wait."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it, and say how many jobs wait and run."""
        work.requeue()
        registry.complete_warming()
        waiting, running = work.load()
        self.stdout.write(f"{waiting} queued, {running} running")
