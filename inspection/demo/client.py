"""The product's REST interface as a line computer sees it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import urllib3

API = "/api/v1"


class Unanswered(Exception):
    """The server refused, or was not there: the sentence says which."""


class Client:
    """`base` is the server's address, `token` an API token. One connection pool, thread-safe."""

    def __init__(self, base: str, token: str) -> None:
        self._server = base.rstrip("/")
        self._headers = {"Authorization": f"Token {token}"}
        self._http = urllib3.PoolManager(maxsize=8, retries=False, timeout=60)

    def get(self, path: str) -> Any:
        """GET, decoded."""
        return self._answer("GET", API + path)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """POST JSON, decoded."""
        headers = {"Content-Type": "application/json"}
        return self._answer("POST", API + path, headers, body=json.dumps(body).encode())

    def ready(self, station: int) -> bool:
        """Whether the models in force at a station are loaded."""
        try:
            return bool(self._answer("GET", f"/readyz?station={station}")["ok"])
        except Unanswered:  # 503, with what is missing
            return False

    def put_blob(self, data: bytes) -> str:
        """Upload bytes under their hash, and return it."""
        sha256 = hashlib.sha256(data).hexdigest()
        headers = {"Content-Type": "application/octet-stream"}
        self._answer("PUT", f"{API}/blobs/{sha256}", headers, body=data)
        return sha256

    def inspect(self, fields: Mapping[str, str], image: bytes, key: str, deadline_ms: int) -> Any:
        """Submit one unit with one image, and return the server's answer."""
        parts: dict[str, Any] = {**fields, "image": ("unit.jpg", image, "image/jpeg")}
        headers = {"Idempotency-Key": key, "X-Deadline-Ms": str(deadline_ms)}
        return self._answer("POST", f"{API}/inspections", headers, fields=parts)

    def _answer(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **body: Any
    ) -> Any:
        try:
            reply = self._http.request(
                method, self._server + path, headers=self._headers | dict(headers or {}), **body
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unanswered(f"{method} {path}: {error}") from error
        if reply.status >= 400:
            raise Unanswered(f"{method} {path}: {reply.status} {reply.data[:300]!r}")
        return json.loads(reply.data) if reply.data else None
