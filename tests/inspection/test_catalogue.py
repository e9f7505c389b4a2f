"""Defect classes: a name that models or recipes use stays; merging makes two count as one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from core.accounts.models import User
from inspection.models import DefectClass
from inspection.selectors import catalogue, places
from tests import drawn

Api = Callable[..., Any]


@pytest.fixture
def named(make_user: Callable[..., User]) -> DefectClass:
    """A class that a model and a frozen version know."""
    drawn.model(drawn.version(make_user("engineer"), images=2))
    return DefectClass.objects.get(name="dark")


def test_a_name_in_use_stays_and_the_refusal_says_how_else(api: Api, named: DefectClass) -> None:
    client, path = api("engineer"), f"/api/v1/defect-classes/{named.pk}"
    for reply in (client.patch(path, {"name": "darker"}, "json"), client.delete(path)):
        assert (reply.status_code, reply.json()["code"]) == (409, "in_use")
        assert "merge" in reply.json()["detail"]
    assert client.patch(path, {"severity": "critical"}, "json").status_code == 200
    made = client.post("/api/v1/defect-classes", {"name": "darker"}, "json").json()["id"]
    assert client.patch(path, {"merged_into": made}, "json").status_code == 200
    assert places.classes(["dark"]) == {"dark": places.Known(made, "darker", "major")}


def test_a_name_that_nothing_uses_may_change(api: Api, db: None) -> None:
    client = api("engineer")
    made = client.post("/api/v1/defect-classes", {"name": "pit"}, "json").json()["id"]
    assert (
        client.patch(f"/api/v1/defect-classes/{made}", {"name": "Pit"}, "json").status_code == 200
    )
    again = client.post("/api/v1/defect-classes", {"name": "PIT"}, "json")
    assert (again.status_code, again.json()["code"]) == (409, "taken")
    assert client.delete(f"/api/v1/defect-classes/{made}").status_code == 204


def test_two_merges_at_once_make_no_circle(api: Api, db: None) -> None:
    from django.db import connection

    client = api("engineer")
    pairs = []
    for number in range(6):
        a, b = (DefectClass.objects.create(name=f"{name}{number}") for name in "ab")
        pairs += [(a.pk, b.pk), (b.pk, a.pk)]

    def merge(pair: tuple[int, int]) -> int:
        body = {"merged_into": pair[1]}
        reply = client.patch(f"/api/v1/defect-classes/{pair[0]}", body, format="json")
        connection.close()
        return int(reply.status_code)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(merge, pairs)) == [200] * 6 + [400] * 6


def test_a_circle_that_is_there_ends(db: None) -> None:
    a, b = DefectClass.objects.create(name="a"), DefectClass.objects.create(name="b")
    DefectClass.objects.filter(pk=a.pk).update(merged_into=b)
    DefectClass.objects.filter(pk=b.pk).update(merged_into=a)
    assert set(catalogue.standing()) == {a.pk, b.pk}
