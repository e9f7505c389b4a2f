"""What the pages need to say an error in their own language."""

from collections.abc import Callable
from typing import Any

Api = Callable[..., Any]


def test_messages_at_fields_follow_the_language_that_is_asked_for(api: Api) -> None:
    ask = {"name": "", "timezone": "Mars/Olympus"}
    for language, blank in (("", "This field may not be blank."), ("zh-CN", "该字段不能为空。")):
        reply = api().post("/api/v1/sites", ask, format="json", HTTP_ACCEPT_LANGUAGE=language)
        assert reply.status_code == 400
        body = reply.json()
        assert body["code"] == "invalid"
        assert body["fields"]["name"] == [blank]
        assert body["field_params"] == {"name": {"case": "blank"}, "timezone": {"case": "timezone"}}


def test_a_refusal_carries_the_values_of_its_sentence(api: Api) -> None:
    client = api()
    ask = {"username": "vera", "password": "first-pass-1", "role": "viewer"}
    assert client.post("/api/v1/users", ask, format="json").status_code == 201
    reply = client.post("/api/v1/users", ask, format="json", HTTP_ACCEPT_LANGUAGE="zh-CN")
    assert (reply.status_code, reply.json()["code"]) == (409, "taken")
    assert reply.json()["params"] == {"case": "name"}
    assert reply.json()["detail"].isascii()
