"""Products, defect classes, recipes."""

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from core import fresh
from core.accounts import scope
from core.accounts.models import User
from core.narrowing import Narrowed
from core.resources import Archivable, Resource, routes
from core.serializers import Strict, StrictModel
from inspection.api import asking
from inspection.models.products import DefectClass, Product, Recipe, RecipeState, Severity
from inspection.services import catalogue, recipes, registry


class ProductShown(StrictModel):
    """A product; line computers send its code."""

    class Meta:
        model = Product
        fields = ("id", "code", "name", "archived_at")


class DefectClassShown(StrictModel):
    """A kind of finding."""

    colour = serializers.RegexField(r"^#[0-9A-Fa-f]{6}$", required=False)

    class Meta:
        model = DefectClass
        fields = ("id", "name", "severity", "colour", "merged_into")

    def validate_name(self, name: str) -> str:
        """The names that thresholds use for themselves."""
        if name in ("default", "image"):
            words = "This name has a meaning of its own in recipes."
            raise serializers.ValidationError(words, "reserved_name")
        return name


class Products(Archivable):
    """Products, which every line may make."""

    needs = {"GET": "view", "*": "plant"}
    queryset = Product.objects.all()
    serializer_class = ProductShown

    def changed(self, record: Model) -> None:
        """Codes are cached with the recipes."""
        fresh.forget("recipes")


class DefectClasses(Resource):
    """The defect catalogue. A class that models or recipes name is never deleted, only merged."""

    needs = {"GET": "view", "*": "plant"}
    queryset = DefectClass.objects.all()
    serializer_class = DefectClassShown

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        """A name that no other class has."""
        serializer.instance = catalogue.create(serializer.validated_data, self._by)
        self.announce(serializer.instance)

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        """A name that is used stays; 409 says how else."""
        pk = self.get_object().pk
        serializer.instance = catalogue.change(pk, serializer.validated_data, self._by)
        self.announce(serializer.instance)

    def perform_destroy(self, instance: Model) -> None:
        """Only what nothing knows."""
        catalogue.remove(instance.pk, self._by)
        self.announce(instance)

    @property
    def _by(self) -> User:
        return self.request.user  # type: ignore[return-value]  # Can has let no one else in

    def changed(self, record: Model) -> None:
        """Severities are cached with the recipes."""
        fresh.forget("recipes")


class RuleShown(Strict):
    """An acceptance rule: so many findings that match all of it lead to `action`."""

    severity = serializers.ChoiceField(choices=Severity.choices, required=False, allow_null=True)
    min_score = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)
    min_size_mm = serializers.FloatField(min_value=0, required=False, allow_null=True)
    min_area = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)
    min_count = serializers.IntegerField(min_value=1, max_value=10_000, required=False, default=1)
    zone = serializers.ListField(
        child=serializers.ListField(
            child=serializers.FloatField(min_value=0, max_value=1), min_length=2, max_length=2
        ),
        min_length=3,
        max_length=200,
        required=False,
        allow_null=True,
    )
    action = serializers.ChoiceField(choices=["NG", "REVIEW"], default="NG")

    def get_fields(self) -> dict[str, Any]:
        """`class` is a word of Python."""
        name = serializers.CharField(max_length=64, required=False, allow_null=True)
        return {"class": name} | super().get_fields()


class RecipeShown(StrictModel):
    """A revision of how a product is judged at a station."""

    thresholds = serializers.DictField(
        child=serializers.FloatField(min_value=0, max_value=1), required=False
    )
    rules = RuleShown(many=True, required=False)
    words = serializers.SerializerMethodField()
    created_by = serializers.CharField(source="created_by.username", read_only=True)

    class Meta:
        model = Recipe
        fields = (
            "id", "station", "product", "model", "revision", "thresholds", "rules", "note",
            "state", "words", "created_by", "created_at",
        )  # fmt: skip
        read_only_fields = ("revision", "state", "created_at")
        validators: ClassVar[list[Any]] = []

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_words(self, recipe: Recipe) -> list[str]:
        """Each rule as a sentence."""
        return [recipes.words(rule) for rule in recipe.rules]


class Why(Strict):
    """A reason, in words."""

    reason = serializers.CharField(max_length=500)


class Recipes(
    Narrowed, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Recipe]
):
    """Recipes by station and product, every revision."""

    needs = {"GET": "view", "POST": "configure"}
    queryset = Recipe.objects.select_related("created_by", "station")
    serializer_class = RecipeShown
    filters = {"station": "station", "product": "product", "model": "model"}
    asks = (OpenApiParameter("state", str, enum=RecipeState.values),)

    def get_queryset(self) -> QuerySet[Recipe]:
        """Narrowed by ?station= &product= &state= &model=, and by the caller's lines."""
        lines = scope.allowed_lines(self.request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        rows = super().get_queryset()
        rows = rows if lines is None else rows.filter(station__line__in=lines)
        if self.action != "list":
            return rows
        state = asking.choice(self.request, "state", tuple(RecipeState.values))
        return self.narrowed(rows.filter(state=state) if state else rows)

    def create(self, request: Request) -> Response:
        """Save the next revision."""
        body = RecipeShown(data=request.data)
        body.is_valid(raise_exception=True)
        recipe = recipes.save(body.validated_data, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(RecipeShown(recipe).data, status=status.HTTP_201_CREATED)


class Releasing(viewsets.GenericViewSet[Recipe]):
    """Putting a recipe in force."""

    needs = "release"
    queryset = Recipe.objects.all()
    serializer_class = RecipeShown

    @extend_schema(request=Why)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """200 when it judges from now on, 202 while its model warms."""
        body = Why(data=request.data)
        body.is_valid(raise_exception=True)
        recipe = registry.release(
            self.get_object().pk,
            body.validated_data["reason"],
            request.user,  # type: ignore[arg-type]  # signed in: see permissions.Can
        )
        done = recipe.state == RecipeState.RELEASED
        return Response(RecipeShown(recipe).data, status=200 if done else 202)


urlpatterns = [
    *routes(products=Products, defect_classes=DefectClasses),
    *routes(recipes=Recipes),
    *routes(recipes=Releasing),
]
