"""Asynchronous connections to the same Postgres, for the path that cannot wait for a thread."""

import asyncio
from typing import Any

from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

from core import environment

Pool = AsyncConnectionPool[AsyncConnection[Any]]
_pools: dict[asyncio.AbstractEventLoop, Pool] = {}


def conninfo() -> str:
    """libpq's words for the environment's database."""
    at = environment.database()
    given = {
        "host": at["HOST"],
        "port": at["PORT"],
        "user": at["USER"],
        "password": at["PASSWORD"],
        "dbname": at["NAME"],
    } | at["OPTIONS"]
    return make_conninfo("", **{name: value for name, value in given.items() if value})


async def pool() -> Pool:
    """The running loop's pool. A lost connection is replaced; who waits 3 s in vain is told."""
    loop = asyncio.get_running_loop()
    if loop not in _pools:
        made: Pool = AsyncConnectionPool(
            conninfo(),
            min_size=1,
            max_size=4,
            timeout=3,
            open=False,
            check=AsyncConnectionPool.check_connection,
        )
        _pools[loop] = made
        await made.open()
    return _pools[loop]
