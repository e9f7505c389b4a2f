"""Where websockets go."""

from typing import Any

from inspection.live.consumers import Viewer

_viewer = Viewer.as_asgi()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """`/ws/live`; any other path is closed."""
    if scope["path"] == "/ws/live":
        await _viewer(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close", "code": 4404})
