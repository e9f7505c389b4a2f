#!/usr/bin/env python3
"""One door to Django."""

import os
import sys
from pathlib import Path


def main() -> None:
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "platform")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from core.environment import CannotStart

    try:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except CannotStart as why:
        sys.exit(_complain(why))
    except ModuleNotFoundError as missing:
        if missing.name != "django":
            raise
        sys.exit(_complain("Django is not installed for this Python; start with `make run`."))


def _complain(why: object) -> int:
    print(f"kizu: {why}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
