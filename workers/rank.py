"""A process of a training on several devices: `python -m workers.rank FOLDER RANK FD WATCHER`.

What it says goes to the watcher (workers/processes.py) by the pipe FD; it dies with the watcher.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def die_with(watcher: int) -> None:
    """Be killed when the watcher ends, however it ends (Linux)."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != watcher:  # it has ended already
        sys.exit(1)


if __name__ == "__main__":
    folder, rank, pipe, watcher = sys.argv[1:]
    die_with(int(watcher))  # before anything that takes long

    from workers import sharing

    with os.fdopen(int(pipe), "wb") as out:
        code = sharing.main(Path(folder), int(rank), out)
    # Not by way of destructors: a communicator may wait for processes that are gone.
    sys.stderr.flush()
    os._exit(code)
