"""Celery: jobs only (training, batch inference, imports, exports); verdicts never pass here."""

import os
import socket
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("kizu")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.include = ["workers.tasks"]


@signals.beat_init.connect
def _appear(**_: Any) -> None:
    """Beat has a heartbeat like the workers."""
    from workers.presence import Presence

    Presence(f"beat@{socket.gethostname()}", "beat").start()
