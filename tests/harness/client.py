"""A browser without a screen: people of the platform and what they ask of its API."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

V1 = "/api/v1"
# What a process that is being started again answers; everything else would be a fault.
TRY_AGAIN = (502, 503, 504)
PATIENCE_S = 60.0
PASSWORD = "correct horse battery staple"
_numbers = count(1)


class Refused(AssertionError):
    """An answer with another status than the one that was expected."""

    def __init__(self, what: str, response: httpx.Response) -> None:
        super().__init__(f"{what}: {response.status_code} {response.text[:1000]}")
        self.status = response.status_code
        self.problem = response.json() if "json" in response.headers.get("content-type", "") else {}


class Api:
    """One browser: an address, perhaps a token, and patience where a test kills processes."""

    def __init__(self, url: str, *, address: str, organization: str = "", is_patient: bool = False) -> None:
        headers = {"x-forwarded-for": address, "user-agent": "Harness"}
        if organization:
            headers["stoa-organization"] = organization
        self.client = httpx.Client(base_url=url, timeout=60, headers=headers)
        self.is_patient = is_patient
        self.token = ""
        self.refresh = ""
        self.user = ""
        self.organization = ""
        self.tries = 0

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request; a patient browser sends it again, the same key in it, until it is answered."""
        url = path if path.startswith(("/dev", "/livez", "/readyz", "/.well-known", "http")) else V1 + path
        sent = dict(headers or {})
        if self.token and "authorization" not in sent:
            sent["authorization"] = f"Bearer {self.token}"
        if body is not None:
            content = json.dumps(body).encode()
            sent["content-type"] = "application/json"
        if self.is_patient and method != "GET":
            sent.setdefault("idempotency-key", str(uuid.uuid4()))
        until = time.monotonic() + PATIENCE_S
        self.tries = 0
        while True:
            self.tries += 1
            try:
                response = self.client.request(method, url, content=content, headers=sent)
            except httpx.TransportError:
                if not self.is_patient or time.monotonic() > until:
                    raise
            else:
                is_running = response.status_code == 409 and response.json()["code"] == "stoa.idempotency_running"
                if not self.is_patient or not (response.status_code in TRY_AGAIN or is_running):
                    return response
                if time.monotonic() > until:
                    return response
            time.sleep(0.1)

    def ask(self, method: str, path: str, *, expect: int = 200, **more: Any) -> Any:
        """Send a request and return the JSON of its answer; another status than expected is a failure."""
        response = self.send(method, path, **more)
        if response.status_code != expect:
            raise Refused(f"{method} {path} (expected {expect})", response)
        return response.json() if response.content else None

    def get(self, path: str, **more: Any) -> Any:
        """Read something."""
        return self.ask("GET", path, **more)

    def post(self, path: str, body: object = None, **more: Any) -> Any:
        """Do something."""
        return self.ask("POST", path, body={} if body is None else body, **more)

    # What people do, in their words.

    def log_in(self, email: str, password: str) -> "Api":
        """Log in and keep the tokens."""
        self.keep(self.post("/identity/login", {"email": email, "password": password}))
        return self

    def keep(self, tokens: Mapping[str, Any]) -> None:
        """Keep the tokens of an answer."""
        self.token, self.refresh = tokens["access_token"], tokens["refresh_token"]
        self.user, self.organization = tokens["user_id"], tokens["organization_id"]

    def letters_to(self, email: str) -> list[dict[str, Any]]:
        """Return the letters to an address, the latest first."""
        # Letters are shown to this machine itself, not to what a proxy passes on.
        try:
            letters = httpx.get(f"{str(self.client.base_url).rstrip('/')}/dev/mail.json", timeout=60).json()
        except httpx.TransportError:
            if not self.is_patient:
                raise
            return []
        return [letter for letter in letters if letter["to"] == email]

    def token_mailed_to(self, email: str, *, subject: str = "", after: int = 0) -> str:
        """Return the token of the latest link mailed to an address, when there are more than `after` letters."""
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            nonlocal found
            found = [letter for letter in self.letters_to(email) if subject.lower() in letter["subject"].lower()]
            return len(found) > after

        wait_for(is_there, why=f"a letter to {email}")
        return str(found[0]["links"][0]).split("token=")[1]

    def sign_up(self, name: str = "Nora Newcomer") -> "Account":
        """Register, open the mailed link, log in, and wait until the account is a member with a profile."""
        account = Account(email=f"someone{next(_numbers)}-{time.time_ns()}@example.org", name=name)
        self.post(
            "/identity/register",
            {"email": account.email, "password": account.password, "display_name": name},
            expect=202,
            headers={"idempotency-key": f"register-{account.email}"},
        )
        self._verify(self.token_mailed_to(account.email))
        self.log_in(account.email, account.password)
        self.wait_for_membership()
        return account

    def _verify(self, token: str) -> None:
        proved = self.send("POST", "/identity/verify-email", body={"token": token})
        # An earlier try may have proved the address and lost its answer with the process: then the log-in tells.
        if proved.status_code != 204 and not (self.tries > 1 and proved.status_code == 422):
            raise Refused("POST /identity/verify-email", proved)

    def wait_for_membership(self) -> None:
        """Wait until organizations and people have heard of the account."""
        wait_for(lambda: self.get("/organizations/mine")["items"], why="the account is a member")
        wait_for(lambda: self.send("GET", "/people/me").status_code == 200, why="the account has a profile")

    def import_course(self, package: bytes, *, filename: str, key: str = "") -> dict[str, Any]:
        """Upload an OLX course and wait for the report."""
        headers = {"content-type": "application/octet-stream"} | ({"idempotency-key": key} if key else {})
        path = f"/courses/import?format=olx&filename={filename}"
        begun = self.ask("POST", path, content=package, headers=headers, expect=202)
        return self.imported(begun["import_id"])

    def imported(self, import_id: str) -> dict[str, Any]:
        """Wait for the report of an import."""
        report: dict[str, Any] = {}

        def is_over() -> bool:
            nonlocal report
            report = self.get(f"/courses/imports/{import_id}")
            return report["state"] not in ("queued", "running")

        wait_for(is_over, why="the import is over", deadline_s=120)
        return report

    def publish(self, course: str, note: str = "") -> dict[str, Any]:
        """Publish a course."""
        found: dict[str, Any] = self.post(f"/courses/{course}/publish", {"note": note})
        return found

    def outline(self, course: str) -> dict[str, Any]:
        """Return the learner's outline."""
        found: dict[str, Any] = self.get(f"/learn/{course}/outline")
        return found

    def progress(self, course: str) -> dict[str, Any]:
        """Return the learner's progress."""
        found: dict[str, Any] = self.get(f"/learn/{course}/progress")
        return found

    def answer(self, course: str, block: str, answers: Mapping[str, object], *, key: str, **more: Any) -> Any:
        """Send an answer."""
        body = {"response": {"answers": answers}, "attempt_key": key}
        return self.post(f"/learn/{course}/blocks/{block}/answers", body, **more)


@dataclass(frozen=True)
class Account:
    """Somebody who signed up."""

    email: str
    name: str
    password: str = field(default=PASSWORD, repr=False)


def wait_for(condition: Callable[[], object], *, why: str, deadline_s: float = 60.0) -> None:
    """Poll until a condition holds; the deadline is a generous bound."""
    until = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < until, f"still not so after {deadline_s:g} s: {why}"
        time.sleep(0.05)


def units_of(outline: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the units of an outline in the order of reading."""
    return [unit for section in outline["sections"] for part in section["children"] for unit in part["children"]]
