"""A backup read back into the servers it came from; a bad one changes nothing."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from core import backups, storage
from core.accounts.models import User
from core.audit import chain, trail
from core.environment import CannotStart


@pytest.fixture(autouse=True)
def sound(db: None) -> None:
    """Other tests leave bytes under a name that is not theirs, on purpose."""
    for sha256, _ in list(storage.stored()):
        if hashlib.sha256(storage.get(sha256)).hexdigest() != sha256:
            storage.remove(sha256)


def test_what_was_there_is_there_again(make_user: Callable[..., Any], tmp_path: Path) -> None:
    kept = make_user("engineer", username="kept")
    trail.note(kept, "test", "thing.1")
    sha256 = storage.put(b"bytes of an image")
    made = backups.back_up(tmp_path / "kept")
    assert made["objects"] >= 1
    storage.remove(sha256)
    kept.delete()
    make_user("viewer", username="later")
    connection.close()
    backups.restore(tmp_path / "kept")
    assert list(User.objects.values_list("username", flat=True)) == ["kept"]
    assert storage.get(sha256) == b"bytes of an image"
    assert chain.verify() is None


def test_a_damaged_backup_changes_nothing(make_user: Callable[..., Any], tmp_path: Path) -> None:
    make_user("viewer", username="here")
    storage.put(b"other bytes")
    backups.back_up(tmp_path / "kept")
    broken = shutil.copytree(tmp_path / "kept", tmp_path / "broken")
    next((broken / "objects").glob("*/*")).write_bytes(b"damaged")
    with pytest.raises(CannotStart, match="damaged"):
        backups.restore(broken)
    (tmp_path / "kept" / "backup.json").unlink()
    with pytest.raises(CannotStart, match="not finished"):
        backups.restore(tmp_path / "kept")
    assert User.objects.get().username == "here"
