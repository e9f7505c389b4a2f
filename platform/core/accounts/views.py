"""Signing in and out, tokens, users."""

from typing import Any

from django.contrib.auth import login, logout, update_session_auth_hash
from django.db.models import Q, QuerySet
from django.middleware.csrf import get_token
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import records
from core.accounts import people, serializers, tokens
from core.accounts.models import ApiToken, User
from core.accounts.permissions import can
from core.narrowing import Narrowed
from core.paging import CursorPage


def _read(kind: Any, request: Request) -> dict[str, Any]:
    body = kind(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _address(request: Request) -> str:
    return str(request.META.get("REMOTE_ADDR") or "unknown")


class Open(APIView):
    """A view for those who have not signed in yet."""

    authentication_classes = ()
    permission_classes = ()
    needs = ""


class SignIn(Open):
    """A browser's sign-in: a session."""

    @extend_schema(request=serializers.Credentials, responses=serializers.Me)
    @method_decorator(csrf_protect)
    def post(self, request: Request) -> Response:
        """Start a session."""
        user = people.sign_in(**_read(serializers.Credentials, request), address=_address(request))
        login(request._request, user)
        return Response(serializers.Me(user).data)


class SignOut(APIView):
    """End the session."""

    needs = ""
    while_changing_password = True

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Sign out of this browser; its live pages end too."""
        logout(request._request)
        tokens.forget_accounts()
        return Response(status=status.HTTP_204_NO_CONTENT)


class CsrfToken(Open):
    """The CSRF token, and its cookie."""

    @extend_schema(responses=serializers.Csrf)
    def get(self, request: Request) -> Response:
        """Read it before the first write."""
        return Response({"csrf": get_token(request._request)})


class GetToken(Open):
    """A program's sign-in: a token."""

    @extend_schema(request=serializers.TokenRequest, responses=serializers.IssuedToken)
    def post(self, request: Request) -> Response:
        """Trade name and password for a token of 30 days, or as many as asked."""
        asked = _read(serializers.TokenRequest, request)
        user = people.sign_in(asked["username"], asked["password"], _address(request))
        token, key = tokens.issue(user, asked["name"], asked["days"])
        return Response({"token": key, "expires_at": token.expires_at})


class Myself(APIView):
    """Who one is, and what one may do."""

    needs = ""
    for_stations = ("GET", "HEAD")
    while_changing_password = True

    @extend_schema(responses=serializers.Me)
    def get(self, request: Request) -> Response:
        """Oneself."""
        return Response(serializers.Me(request.user).data)

    @extend_schema(request=serializers.Me, responses=serializers.Me)
    def patch(self, request: Request) -> Response:
        """Change one's name or language."""
        body = serializers.Me(request.user, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        records.change(request.user, request.user, body.validated_data)  # type: ignore[type-var]  # signed in: see permissions.Can
        return Response(serializers.Me(request.user).data)


class Password(APIView):
    """One's own password."""

    needs = ""
    while_changing_password = True

    @extend_schema(request=serializers.PasswordChange, responses={204: None})
    def post(self, request: Request) -> Response:
        """Change it; other sessions end."""
        people.change_password(request.user, **_read(serializers.PasswordChange, request))  # type: ignore[arg-type]  # signed in: see permissions.Can
        update_session_auth_hash(request._request, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(status=status.HTTP_204_NO_CONTENT)


class Tokens(Narrowed, mixins.ListModelMixin, viewsets.GenericViewSet[ApiToken]):
    """One's own tokens; administrators see everyone's with ?all=true."""

    needs = ""
    queryset = ApiToken.objects.all()
    serializer_class = serializers.TokenShown
    pagination_class = CursorPage
    asks = (OpenApiParameter("all", bool, description="Everyone's, for administrators."),)

    def get_queryset(self) -> QuerySet[ApiToken]:
        """Whose tokens may be seen."""
        user: Any = self.request.user
        everyone = can(user, "people") and self.request.query_params.get("all") == "true"
        revoking = can(user, "people") and self.action == "revoke"
        rows = ApiToken.objects.select_related("user")
        if not (everyone or revoking):
            return rows.filter(user=user)
        reached = Q(user__lines__contained_by=user.lines) & ~Q(user__lines=[])
        return rows.filter(reached | Q(user=user)) if user.lines else rows

    def create(self, request: Request) -> Response:
        """A new token; its key is in this answer and nowhere else."""
        asked = _read(serializers.TokenShown, request)
        token, key = tokens.issue(request.user, **asked)  # type: ignore[arg-type]  # signed in: see permissions.Can
        shown = serializers.TokenShown(token, context={"key": key})
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """End a token now."""
        token = tokens.revoke(request.user, self.get_object())  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(serializers.TokenShown(token).data)


class People(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[User]):
    """Users. They are switched off, never deleted: the trail names them."""

    needs = "people"
    queryset = User.objects.all()
    serializer_class = serializers.Person

    def get_queryset(self) -> QuerySet[User]:
        """Everyone; for a limited administrator oneself and those of the same lines."""
        user: Any = self.request.user
        mine = Q(lines__contained_by=user.lines) & ~Q(lines=[]) | Q(pk=user.pk)
        return super().get_queryset().filter(mine) if user.lines else super().get_queryset()

    def create(self, request: Request) -> Response:
        """A new user, who chooses a password of their own at the first sign-in."""
        user = people.create(request.user, _read(serializers.Person, request))  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(serializers.Person(user).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a user."""
        user = self.get_object()
        body = serializers.Person(user, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        people.change(request.user, user, body.validated_data)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(serializers.Person(user).data)
