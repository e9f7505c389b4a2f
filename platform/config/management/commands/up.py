"""`manage.py up`: the whole product on this machine, until Ctrl-C."""

import os
from typing import Any

from django.core.management.base import BaseCommand

from config import machine, preparation, processes
from core import environment, supervisor
from core.supervisor import Stopped, Supervisor


class Command(BaseCommand):
    """Starts the servers that no URL names, prepares them, then runs and watches every process."""

    help = "Run the product on this machine: servers, web, serve, workers, beat, demo plant."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, start, say where it is, and stay until asked to stop."""
        var, host, port = environment.var_dir(), machine.host(), machine.port()
        machine.check_folder(var)
        with supervisor.only_one(var / "run" / "up.lock"):
            machine.check_front_end()
            machine.check_port(host, port)
            boss = Supervisor(var / "log", var / "run", self._say)
            boss.listen()
            try:
                self._start(boss, host, port)
                boss.run()
            except Stopped:
                pass
            finally:
                self._say("Kizu stops.")
                boss.stop()

    def _start(self, boss: Supervisor, host: str, port: int) -> None:
        var = environment.var_dir()
        if not (os.environ.get("DATABASE_URL") or os.environ.get("S3_ENDPOINT")):
            machine.check_objects(var / "pg", var / "s3")
        boss.start(*processes.servers(var))
        processes.export(port)
        boss.check()
        password = preparation.prepare()
        boss.check()
        boss.start(processes.web(host, port))
        self._say(f"Kizu is at http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}")  # noqa: S104 - compared
        if password:
            self._say(
                f"Sign in as admin with the password {password} (it is shown only this once)."
            )
        boss.start(*processes.workers(demo=os.environ.get("KIZU_DEMO", "1") != "0"))

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()
