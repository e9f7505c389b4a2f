"""The trail, read."""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers

from core.audit import trail
from core.audit.models import Entry


class Shown(serializers.ModelSerializer[Entry]):
    """An entry."""

    class Meta:
        model = Entry
        fields = ("id", "at", "actor", "action", "subject", "old", "new", "why", "digest")


@extend_schema(
    parameters=[
        OpenApiParameter("subject"),
        OpenApiParameter("actor"),
        OpenApiParameter("machine", bool, description="With the product's own entries."),
    ]
)
class Trail(generics.ListAPIView[Entry]):
    """Who did what, newest first."""

    needs: ClassVar[str] = "audit"
    serializer_class = Shown
    queryset = Entry.objects.all()

    def get_queryset(self) -> QuerySet[Entry]:
        """Narrowed by ?subject= (`recipe.12`, or `recipe` for all of them) and ?actor=.

        The product's own entries, one a minute, would bury the others: ?machine=true shows them.
        """
        rows = super().get_queryset()
        asked = self.request.query_params
        if asked.get("machine") != "true" and asked.get("actor") != trail.PRODUCT:
            rows = rows.exclude(actor=trail.PRODUCT)
        if actor := asked.get("actor"):
            rows = rows.filter(actor=actor)
        if subject := asked.get("subject"):
            exact = "." in subject
            rows = (
                rows.filter(subject=subject)
                if exact
                else rows.filter(subject__startswith=f"{subject}.")
            )
        return rows
