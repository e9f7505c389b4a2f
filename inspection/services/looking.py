"""Looking at images before they are taken in: many at once, within bounds of memory, each once.

What comes out of it (thumbnails, members of archives) is stored. A row is there before its bytes
are: whatever becomes of the import, the sweep finds them.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from itertools import accumulate
from typing import Any

from django.core.cache import cache

from core import storage
from core.accounts.models import User
from inspection.formats.pixels import Look, Room, look
from inspection.services import blobs
from inspection.services.manifests import Sources, Unreadable
from workers import clouds
from workers.contract import MAX_PIXELS

THREADS = 4
AT_ONCE = 256  # images between two writes; their thumbnails become one blob
BYTES = 64 * 1024**2  # of archives' members in memory, unless a single one is larger
BYTES_A_POINT = 12  # of a point cloud at least, unless it is compressed
REMEMBERED = 43_200  # seconds that a look is kept, to the import; bytes live longer


@dataclass(frozen=True)
class ImageFacts:
    """A usable image: its bytes, its size in pixels, where its thumbnail is. Sizes in bytes."""

    sha256: str
    size: int
    width: int
    height: int
    bits: int
    remark: str = ""
    params: dict[str, Any] = field(default_factory=dict)  # the values in the remark
    cloud: bool = False  # it came as a point cloud; this is its height map
    thumbnail: str = ""
    thumbnail_at: int = 0
    thumbnail_size: int = 0


Found = dict[str, ImageFacts | Look]  # by path: the facts, or what is wrong


@dataclass(frozen=True)
class Seen:
    """An image just found usable, with the bytes that are to be stored."""

    path: str
    facts: ImageFacts
    thumbnail: bytes
    member: bytes | None


room = Room(MAX_PIXELS)


def each(
    paths: Sequence[str], sources: Sources, by: User, progress: Callable[[int, int], None]
) -> Found:
    """Look at every path. `progress(done, total)` is told of each image, and may raise to stop."""
    found: Found = {}
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            for some in _portions(paths, sources):
                _look(pool, some, sources, by, found, lambda done: progress(done, len(paths)))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return found


def _portions(paths: Sequence[str], sources: Sources) -> Iterator[list[str]]:
    some: list[str] = []
    size = 0
    for path in paths:
        size += sources.size(path)
        if some and (len(some) == AT_ONCE or size > BYTES):
            yield some
            some, size = [], sources.size(path)
        some.append(path)
    if some:
        yield some


def _look(
    pool: ThreadPoolExecutor, some: list[str], sources: Sources, by: User, found: Found,
    tell: Callable[[int], None],
) -> None:  # fmt: skip
    """Add what is remembered of some paths, then what the bytes of the others say."""
    known = _remembered(some, sources)
    found |= known
    new, seen = [path for path in some if path not in known], list[Seen]()
    for path, one in zip(new, pool.map(lambda path: _see(path, sources), new), strict=True):
        found[path] = one if isinstance(one, Look) else one.facts
        seen += [] if isinstance(one, Look) else [one]
        tell(len(found))
    found |= _keep(pool, seen, by)
    _remember({path: found[path] for path in new}, sources)
    tell(len(found))


def _see(path: str, sources: Sources) -> Seen | Look:
    try:
        data = sources.read(path)
    except Unreadable as damage:
        return Look(code="unreadable", message=str(damage))
    try:
        with room(min(len(data) // BYTES_A_POINT, MAX_PIXELS)):
            turned = clouds.as_tiff(data)
    except clouds.BrokenCloud as damage:
        return Look(code="broken_cloud", message=str(damage))
    data = turned or data
    seen = look(data, path, room)
    if seen.code:
        return seen
    known = None if turned else sources.blob(path)
    digest = known or hashlib.sha256(data).hexdigest()
    size = (seen.width, seen.height, seen.bits)
    facts = ImageFacts(
        digest, len(data), *size, remark=seen.remark, params=seen.params, cloud=bool(turned)
    )
    return Seen(path, facts, seen.thumbnail, None if known else data)


def _keep(pool: ThreadPoolExecutor, seen: Sequence[Seen], by: User) -> Found:
    """Store thumbnails as one blob, and members; the facts with the thumbnails' places."""
    if not seen:
        return {}
    pack = b"".join(one.thumbnail for one in seen)
    name = hashlib.sha256(pack).hexdigest()
    members = {one.facts.sha256: one.member for one in seen if one.member is not None}
    blobs.row({digest: len(data) for digest, data in members.items()} | {name: len(pack)})
    list(pool.map(storage.put, [pack, *members.values()]))
    blobs.claim(members, by)
    places = accumulate((len(one.thumbnail) for one in seen), initial=0)
    return {
        one.path: replace(
            one.facts, thumbnail=name, thumbnail_at=at, thumbnail_size=len(one.thumbnail)
        )
        for one, at in zip(seen, places, strict=False)  # the last place is the end
    }


def _remembered(paths: Iterable[str], sources: Sources) -> Found:
    keys = {path: _key(path, sources) for path in paths}
    known = cache.get_many(keys.values())
    kept = {path: known[key] for path, key in keys.items() if key in known}
    return {p: Look(**f) if "code" in f else ImageFacts(**f) for p, f in kept.items()}


def _remember(found: Found, sources: Sources) -> None:
    kept = {_key(path, sources): asdict(one) for path, one in found.items()}
    if kept:
        cache.set_many(kept, REMEMBERED)


def _key(path: str, sources: Sources) -> str:
    """By content; the file's ending counts, because a remark may be about it."""
    return f"looked:{sources.content(path)}:{path.rpartition('.')[2].lower()[:8]}"
