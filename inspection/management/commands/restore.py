"""`manage.py restore FOLDER`: a product that is still empty becomes the one of the backup."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from core import backups
from core.accounts import tokens
from inspection.models.datasets import Dataset
from inspection.models.plant import Site


class Command(BaseCommand):
    """Refuses where there is anything to lose. Start the product again afterwards."""

    help = "Restore a backup into an empty product."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where from."""
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, and bring an older backup's tables up to date."""
        if Site.objects.exists() or Dataset.objects.exists():
            raise CommandError(
                "This product is not empty: start one on an empty data folder (KIZU_VAR) with "
                "KIZU_DEMO=0, or on an empty database and bucket, and restore there."
            )
        connection.close()
        made = backups.restore(options["folder"])
        call_command("migrate", interactive=False, verbosity=0)
        call_command("partitions")
        tokens.forget_accounts()
        self.stdout.write(
            f"Restored the backup of {made['made_at']}: {made['objects']} objects. Users and "
            "passwords are those of the backup. Start the product again."
        )
