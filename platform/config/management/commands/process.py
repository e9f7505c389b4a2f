"""`manage.py process NAME`: one process of the product, on servers of your own."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config import machine, processes
from core.environment import CannotStart, var_dir


class Command(BaseCommand):
    """Becomes that process, started with the same words as `up` starts it with."""

    help = "Run one of: web, serve, train, batch, io, control, beat, demo."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Its name."""
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Does not return."""
        host, port = machine.host(), machine.port()
        processes.export(port)
        try:
            service = processes.one(options["name"], host, port)
        except KeyError:
            raise CannotStart(f"There is no process {options['name']}. {self.help}") from None
        if service.nice:
            os.nice(service.nice)
        (var_dir() / "run").mkdir(parents=True, exist_ok=True)  # beat keeps its schedule there
        os.chdir(service.cwd or os.curdir)
        os.execvpe(service.argv[0], service.argv, os.environ | dict(service.env))  # noqa: S606 - our own words, no shell
