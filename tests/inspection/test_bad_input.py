"""No body, query or id breaks the server: each is answered, and a refusal is problem+json."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import QueryDict
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from inspection.services import partitions, registry
from tests.inspection.everything import Everything
from tests.inspection.routes import Route, routes

Schema = dict[str, Any]
ODD: list[Any] = [
    None, "a\0b", "x" * 5000, 10**30, -(10**30), [], {}, [10**30], [["\0"]], {"\0": "a"},
    {"a": {"b": 10**30}},
]  # fmt: skip
ODD_WORDS = ("a\0b", "9" * 5000)
ODD_CURSORS = ("9" * 19, "cD1hYmM=", "cD0xMGUz", "٣")  # the second and third: p=abc, p=10e3
FIELD_IS = {"model": "models", "merged_into": "defect-classes", "dataset_version": "versions"}


@pytest.fixture
def all_of(make_user: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Everything:
    monkeypatch.setattr(registry, "WAIT", 0.05)
    partitions.ensure()
    made = Everything(make_user("admin"))
    made.grow()
    return made


@pytest.fixture
def client(all_of: Everything) -> APIClient:
    made = APIClient(raise_request_exception=False)
    made.force_authenticate(all_of.by)
    return made


def answered(reply: Any, asked: object) -> None:
    assert reply.status_code < 500, (asked, reply.content)
    if reply.status_code >= 400:
        assert reply["Content-Type"] == "application/problem+json", asked
        assert reply.json()["code"], asked


class Document:
    """The API's own document: what each body is made of."""

    def __init__(self, all_of: Everything) -> None:
        made: Any = SchemaGenerator()  # type: ignore[no-untyped-call]  # drf-spectacular has no types
        self.document = made.get_schema(request=None, public=True)
        self.all_of = all_of

    def body(self, route: Route) -> Schema | None:
        """The schema of a route's JSON, None when it takes none."""
        for path, operations in self.document["paths"].items():
            if shape(path) == shape(route.path) and route.method in operations:
                content = operations[route.method].get("requestBody", {}).get("content", {})
                schema: Schema | None = content.get("application/json", {}).get("schema")
                return schema
        return None

    def query(self, route: Route) -> list[str]:
        """The parameters that a route's query may have."""
        for path, operations in self.document["paths"].items():
            if shape(path) == shape(route.path) and route.method in operations:
                told = operations[route.method].get("parameters", [])
                return [each["name"] for each in told if each["in"] == "query"]
        return []

    def sample(self, schema: Schema, name: str = "") -> Any:
        """Something that the schema allows."""
        schema = self.resolved(schema)
        plural = FIELD_IS.get(name, f"{name}s")
        if plural in self.all_of.of:
            return self.all_of.of[plural]
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            return {key: self.sample(each, key) for key, each in self.fields(schema).items()}
        if kind == "array":
            return [self.sample(schema["items"])]
        return {"integer": 1, "number": 0.5, "boolean": True}.get(str(kind), "#000000")

    def fields(self, schema: Schema) -> dict[str, Schema]:
        """Those that a request may have."""
        known = self.resolved(schema).get("properties", {})
        return {name: each for name, each in known.items() if not each.get("readOnly")}

    def resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema or "allOf" in schema or "oneOf" in schema:
            inner = schema.get("allOf") or schema.get("oneOf") or [schema]
            name = inner[0].get("$ref", "").rpartition("/")[2]
            schema = self.document["components"]["schemas"][name] if name else inner[0]
        return schema


def shape(path: str) -> tuple[bool | str, ...]:
    """`/lines/{id}` and `/lines/1` alike."""
    parts = path.strip("/").split("/")
    return tuple(p if not p.startswith("{") and not p.isdecimal() else True for p in parts)


def bodies(document: Document, schema: Schema) -> Iterator[Any]:
    """A body that is right but for one field, for each field and each odd value."""
    right = document.sample(schema)
    yield right
    for name in document.fields(schema):
        for odd in ODD:
            yield right | {name: odd}


WRITES = [route for route in routes() if route.method in ("post", "put", "patch")]


def test_no_body_breaks_the_server(client: APIClient, all_of: Everything) -> None:
    document = Document(all_of)
    tried = 0
    for route in WRITES:
        path, send = all_of.at(route.path), getattr(client, route.method)
        whole: tuple[Any, ...] = ([], "x", 1, None, {"no such field": 1})
        for odd in whole:
            answered(send(path, odd, format="json"), (str(route), odd))
        if (schema := document.body(route)) is None or "auth" in path:
            continue
        for body in bodies(document, schema):
            answered(send(path, body, format="json"), (str(route), str(body)[:300]))
            tried += 1
    assert tried > 500


def test_an_unknown_field_is_named(client: APIClient, all_of: Everything) -> None:
    document = Document(all_of)
    for route in WRITES:
        if document.body(route) is None:
            continue
        send = getattr(client, route.method)
        reply = send(all_of.at(route.path), {"no such field": 1}, format="json")
        if "auth/login" not in route.path:
            assert (reply.status_code, reply.json()["code"]) == (400, "unknown_field"), route


READS = [route for route in routes() if route.method == "get"]
FORM = "format"  # the library's own, that nobody needs to know of


def test_what_is_read_of_a_query_is_in_the_document(
    client: APIClient, all_of: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, read, real = Document(all_of), set[str](), QueryDict.get

    def noted(self: QueryDict, name: str, *default: Any) -> Any:
        read.add(name)
        return real(self, name, *default)

    monkeypatch.setattr(QueryDict, "get", noted)
    unsaid, seen = {}, set[str]()
    for route in READS:
        read.clear()
        client.get(all_of.at(route.path))
        seen |= read
        if hidden := read - {FORM, *document.query(route)}:
            unsaid[str(route)] = sorted(hidden)
    assert unsaid == {}
    assert {"cursor", "limit", "archived", "engine", "from"} <= seen


def test_no_query_breaks_the_server(client: APIClient, all_of: Everything) -> None:
    document, tried = Document(all_of), 0
    for route in READS:
        for name in document.query(route):
            for word in ODD_WORDS + (ODD_CURSORS if name == "cursor" else ()):
                reply = client.get(all_of.at(route.path), {name: word})
                answered(reply, (str(route), name, word[:20]))
                tried += 1
    assert tried > 200


def test_no_id_breaks_the_server(client: APIClient) -> None:
    for route in routes():
        for odd in ("0", "9" * 19, "9" * 30, "x", "%00", "%F0%90", "-1"):
            if "/1" in route.path.removeprefix("/api/v1"):
                path = f"/api/v1{route.path[7:].replace('/1', f'/{odd}', 1)}"
                answered(getattr(client, route.method)(path, format="json"), path)
