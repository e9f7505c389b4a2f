"""A session lasts from its last use, not from its first: a screen on the shop floor that shows the
board every day is never signed out in the middle of a shift.
"""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

USED = "used_at"  # Unix time, renewed once a day: not each request writes
RENEW_AFTER = 86_400  # seconds


class Sliding:
    """Middleware, behind the session's and the authentication's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Renew the session of who is signed in, before it is saved."""
        response = self._get_response(request)
        session = request.session
        # `accessed`: an answer that needed no session shall not read one.
        if session.accessed and "_auth_user_id" in session:
            now = int(time.time())
            if session.get(USED, 0) < now - RENEW_AFTER:
                session[USED] = now
        return response
