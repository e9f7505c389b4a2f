"""`manage.py healthy NAME`: exit status 0 while that process on this host lives and answers."""

import socket
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import redis
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import machine
from core import valkey


class Command(BaseCommand):
    """For the health checks of containers and service managers."""

    help = "Say whether a process of this host is alive."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Its name."""
        names = ["web", "serve", "train", "batch", "io", "control", "beat"]
        parser.add_argument("name", choices=names)

    def handle(self, *args: Any, **options: Any) -> None:
        """CommandError (status 1) when it is not."""
        name = options["name"]
        if not (_web() if name == "web" else _beats(name)):
            raise CommandError(f"{name} does not answer on this host.")


def _web() -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{machine.port()}/healthz", timeout=4) as reply:
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False


def _beats(name: str) -> bool:
    """Whether a heartbeat of that process on this host is in Valkey."""
    host = socket.gethostname()
    pattern = f"kizu:serve:{host}:*" if name == "serve" else f"kizu:worker:{name}@{host}:{name}"
    try:
        return any(True for _ in valkey.client().scan_iter(pattern, count=500))
    except (redis.RedisError, OSError):
        return False
