"""`manage.py serve`: the process that holds the models in force warm and answers the lines."""

import os
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core import memory
from inspection.services import registry


class Command(BaseCommand):
    """Any number of these on any number of machines share the same queue."""

    help = "Answer inspections with warm models until told to stop."

    def add_arguments(self, parser: CommandParser) -> None:
        """How much of the machine to use."""
        parser.add_argument("--threads", type=int, default=int(os.environ.get("KIZU_THREADS", "0")))

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what is wanted, then serve."""
        from workers.serving import Serve  # loads OpenVINO

        registry.tell_serve()
        serve = Serve(threads=options["threads"])
        memory.settle()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: serve.stop())
        serve.run()
