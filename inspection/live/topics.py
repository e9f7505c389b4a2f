"""Which topics a viewer may hear."""

import re

from core.accounts.models import User
from core.accounts.permissions import can
from core.accounts.scope import allowed_lines

TOPIC = re.compile(r"(line|job|import)\.(\d{1,18})|board|jobs")
NEEDS = {"board": "view", "line": "view", "job": "train", "jobs": "train", "import": "datasets"}


def refusal(user: User, topic: str) -> str | None:
    """None when the user may hear the topic, else the code why not."""
    match = TOPIC.fullmatch(topic)
    if match is None:
        return "no_such_topic"
    kind = match[1] or topic
    if user.must_change_password or not can(user, NEEDS[kind]):
        return "forbidden"
    lines = allowed_lines(user)
    if kind == "line" and lines is not None and int(match[2]) not in lines:
        return "wrong_line"
    return None


def channels(user: User, topic: str) -> list[str]:
    """The channels behind a topic: for a limited user the board is their lines."""
    lines = allowed_lines(user)
    if topic == "board" and lines is not None:
        return [f"line.{line}" for line in sorted(lines)]
    return [topic]


def reached(topic: str) -> list[str]:
    """The channels that an event of this topic goes to."""
    if topic.startswith("line."):
        return [topic, "board"]
    return [topic, "jobs"] if topic.startswith("job.") else [topic]
