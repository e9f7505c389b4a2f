"""`manage.py demo`: the demo plant with its simulated lines, until told to stop."""

import os
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from inspection.demo import show


class Command(BaseCommand):
    """Speaks to KIZU_URL; `up` starts it unless KIZU_DEMO=0."""

    help = "Set up the demo plant, train and release its first model, simulate its lines."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or Ctrl-C."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        show.run(os.environ.get("KIZU_URL", "http://127.0.0.1:8000"), stop)
