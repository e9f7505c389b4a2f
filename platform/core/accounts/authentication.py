"""How a caller proves who it is: a token for programs, a session for the browser."""

from django.contrib.auth.models import AnonymousUser
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from core.accounts import tokens
from core.accounts.models import ApiToken, User


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Token <key>`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's user, and the token as `request.auth`."""
        key = tokens.from_header(request.META.get("HTTP_AUTHORIZATION", ""))
        if key is None:
            return None
        token = tokens.find(key)
        if token is None:
            raise exceptions.AuthenticationFailed(
                "This token is unknown, expired or revoked: sign in for a new one."
            )
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes a missing sign-in a 401."""
        return "Token"


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's session, with CSRF."""

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, None] | None:
        """As DRF's."""
        return super().authenticate(request)
