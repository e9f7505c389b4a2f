"""`manage.py import_dataset NAME PATH`: a folder or a zip into a dataset, without a browser."""

import hashlib
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import records
from core.accounts.models import User
from core.errors import Refused
from inspection.formats import detection
from inspection.models.datasets import Dataset, Import, Task, WorkState
from inspection.services import blobs, imports

ENDED = (WorkState.SUCCEEDED, WorkState.FAILED, WorkState.CANCELLED)


class Command(BaseCommand):
    """What is in the store already is not sent again; all or nothing is imported."""

    help = "Import a folder or a zip into a dataset, made where there is none of that name."

    def add_arguments(self, parser: CommandParser) -> None:
        """What, where to, and how."""
        parser.add_argument("name", help="of the dataset")
        parser.add_argument("path", type=Path, help="a folder, or a .zip")
        parser.add_argument("--task", choices=Task.values, default=Task.DETECT.value)
        parser.add_argument("--format", choices=["auto", *detection.READERS], default="auto")
        parser.add_argument("--user", default="admin", help="who imports")
        parser.add_argument("--dry-run", action="store_true", help="look, and import nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, import, say what came of it; CommandError (status 1) when nothing was imported."""
        by = User.objects.filter(username=options["user"]).first()
        if by is None:
            raise CommandError(f"There is no user {options['user']}: name one with --user.")
        try:
            row = self._submitted(by, options)
        except Refused as refused:
            raise CommandError(refused.message) from refused
        imports.run(row.pk)  # unless a worker was faster
        while (row := Import.objects.get(pk=row.pk)).state not in ENDED:
            time.sleep(0.5)
        self._tell(row)

    def _submitted(self, by: User, options: dict[str, Any]) -> Import:
        files = self._sent(options["path"], by)
        dataset = Dataset.objects.filter(name=options["name"], archived_at=None).first()
        if dataset is None:
            values = {"name": options["name"], "task": options["task"], "created_by": by}
            dataset = records.create(by, Dataset, values)
        ask = {"format": options["format"], "files": files, "dry_run": options["dry_run"]}
        return imports.submit(dataset, ask, by)

    def _sent(self, path: Path, by: User) -> list[dict[str, str]]:
        """The manifest of a folder's files, or of one zip; what the store lacks is sent."""
        if not path.exists():
            raise CommandError(f"{path} is not there.")
        base = path if path.is_dir() else path.parent
        found = sorted(each for each in path.rglob("*") if each.is_file()) or [path]
        named = {each: _sha256(each) for each in found if each.is_file()}
        absent = set(blobs.missing(list(named.values()), by))
        for each, sha256 in named.items():
            if sha256 in absent:
                with each.open("rb") as file:
                    blobs.take(sha256, file, by)
                absent.discard(sha256)
        return [{"path": f.relative_to(base).as_posix(), "sha256": h} for f, h in named.items()]

    def _tell(self, row: Import) -> None:
        for problem in row.problems[:20]:
            self.stderr.write(f"{problem['level']}: {problem['path']}: {problem['message']}")
        if row.state != WorkState.SUCCEEDED:
            raise CommandError(row.error or f"The import is {row.state}.")
        counts = ", ".join(f"{count} {name}" for name, count in row.counts.items())
        done = "Would import" if row.dry_run else "Imported"
        self.stdout.write(f"{done} {row.dataset} ({row.format}): {counts}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
