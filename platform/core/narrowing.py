"""Lists that a query narrows, and what the API's document says of it."""

from typing import Any, ClassVar, TypeVar

from django.db.models import QuerySet
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.views import APIView

from core.errors import Refused

Rows = TypeVar("Rows", bound=QuerySet[Any])


class Narrowed(APIView):
    """A view whose list is narrowed by `filters`; `asks` is what else the list reads of a query."""

    action: Any
    filters: ClassVar[dict[str, str]] = {}  # query parameter, a whole number -> lookup
    asks: ClassVar[tuple[OpenApiParameter, ...]] = ()

    def narrowed(self, rows: Rows) -> Rows:
        """Those rows that the query asks for, in a list; of a single record, all."""
        for parameter, lookup in self.filters.items() if self.action == "list" else ():
            if (value := self.request.query_params.get(parameter)) is not None:
                rows = rows.filter(**{lookup: whole(parameter, value)})
        return rows

    def asked(self) -> list[OpenApiParameter]:
        """The parameters of its list."""
        return [*(OpenApiParameter(name, int) for name in self.filters), *self.asks]


class Document(AutoSchema):
    """The parameters of lists are those that the view narrows by."""

    def get_override_parameters(self) -> list[Any]:
        """For a list, what its view reads of the query."""
        view: Any = self.view
        return view.asked() if isinstance(view, Narrowed) and view.action == "list" else []


def whole(name: str, value: str) -> int:
    """A query parameter's whole number; Refused where it is none."""
    if not value.isdecimal() or len(value) > 18:
        words = "Give a whole number."
        raise Refused("invalid", f"{name}: {words}", fields={name: [words]})
    return int(value)
