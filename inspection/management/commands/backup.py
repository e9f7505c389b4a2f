"""`manage.py backup FOLDER`: database, objects and secret in one folder, while all runs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core import backups


class Command(BaseCommand):
    """Into the same folder again: only new objects are copied."""

    help = "Write a backup of everything into a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to."""
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, and say how large it is."""
        made = backups.back_up(options["folder"])
        size = made["bytes"] / 2**20
        self.stdout.write(
            f"{options['folder']}: the database, {made['objects']} objects, {size:.0f} MB."
        )
