"""Manifests describe a service truly or do not import; topology puts them in order."""

import typing
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest

from stoa.kit.clock import SystemClock
from stoa.kit.contract import Event, OrganizationId, new_id
from stoa.kit.manifest import Context, Manifest, ManifestInvalid, Metric, Urls
from stoa.kit.ports import Port, call
from stoa.kit.settings import Settings, setting
from stoa.topology import TopologyInvalid, in_order, longest_path, provider_of


class AlphaPort(Port):
    service_ = "alpha"

    @call(idempotent=True)
    async def number(self) -> int:
        """Return a number."""
        raise NotImplementedError


class BetaPort(Port):
    service_ = "beta"


class AlphaSettings(Settings, prefix="alpha"):
    many: int = setting(3, help="How many.")


class Alpha(AlphaPort):
    pass


class Beta(BetaPort):
    pass


class Grown(Event, frozen=True, kw_only=True):
    type_: ClassVar[str] = "stoa.alpha.grown.v1"
    key_: ClassVar[str] = "plant"
    plant: str


def build_alpha(context: Context) -> Alpha:
    return Alpha()


def build_beta(context: Context) -> Beta:
    return Beta()


def a_manifest(**changes: typing.Any) -> Manifest:
    return Manifest(**({"name": "alpha", "summary": "The first.", "port": AlphaPort, "build": build_alpha} | changes))


def a_context(**changes: typing.Any) -> Context:
    given: dict[str, typing.Any] = {
        "service": "beta",
        "clock": SystemClock(),
        "urls": Urls(public_url="http://localhost:8000", content_url="http://localhost:8001"),
        "home": Path("/nowhere"),
        "root_secret": b"r" * 32,
        "requires": (AlphaPort,),
        "ports": {AlphaPort: Alpha()}.__getitem__,
        "loaded_settings": {AlphaSettings: AlphaSettings(many=4)},
    }
    outside = dict.fromkeys(
        ("database", "blobs", "jobs", "mail", "limiter", "authorizer", "telemetry", "cache", "locks", "realtime")
    )
    return Context(**(outside | given | changes))


def test_a_true_manifest_names_the_class_it_builds() -> None:
    manifest = a_manifest(events=(Grown,), settings=AlphaSettings)

    assert manifest.service_type is Alpha


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "Alpha-two"}, "one lower-case word"),
        ({"summary": " "}, "needs a summary"),
        ({"port": BetaPort}, "service_ is 'beta'"),
        ({"requires": (int,)}, "not a Port"),
        ({"requires": (AlphaPort,)}, "its own port"),
        ({"requires": (BetaPort, BetaPort)}, "requires a port twice"),
        ({"events": (Grown, Grown)}, "one type"),
        ({"name": "gamma", "port": None, "events": (Grown,)}, "must be 'stoa.gamma.<event>.v<number>'"),
        ({"build": lambda context: Alpha()}, "build must be annotated"),
        ({"build": build_beta}, "does not implement AlphaPort"),
        ({"routers": (SimpleNamespace(service="beta"),)}, "is not its own"),
        ({"metrics": (Metric(name="grown_total", help="x"),)}, "must begin with stoa_alpha_"),
        ({"metrics": (Metric(name="stoa_alpha_grown", help="x"),)}, "must end with _total"),
        ({"name": "delta", "port": None, "settings": AlphaSettings}, "must have the prefix 'delta'"),
    ],
)
def test_a_false_manifest_does_not_import(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ManifestInvalid, match=sentence):
        a_manifest(**changes)


def test_an_event_ordered_by_a_field_it_lacks_does_not_import() -> None:
    class Keyless(Event, frozen=True, kw_only=True):
        type_: ClassVar[str] = "stoa.alpha.keyless.v1"
        key_: ClassVar[str] = "nothing"

    with pytest.raises(ManifestInvalid, match="key_ must name one of its fields"):
        a_manifest(events=(Keyless,))


def test_the_context_gives_required_ports_and_declared_settings_only() -> None:
    context = a_context()

    assert isinstance(context.port(AlphaPort), Alpha)
    assert context.settings(AlphaSettings).many == 4
    with pytest.raises(ManifestInvalid, match="does not require"):
        context.port(BetaPort)
    with pytest.raises(ManifestInvalid, match="no manifest declares"):
        context.settings(type("Other", (Settings,), {}, prefix="other"))


def test_providers_come_before_those_who_require_them() -> None:
    first = a_manifest(requires=(BetaPort,))
    second = a_manifest(name="beta", port=BetaPort, build=build_beta)

    ordered = in_order([first, second])

    assert list(ordered) == ["beta", "alpha"]
    assert longest_path([first, second]) == ["alpha", "beta"]
    assert provider_of(BetaPort, ordered.values()) is second


def test_a_circle_is_told_by_its_names() -> None:
    first = a_manifest(requires=(BetaPort,))
    second = a_manifest(name="beta", port=BetaPort, build=build_beta, requires=(AlphaPort,))

    with pytest.raises(TopologyInvalid, match="alpha → beta → alpha"):
        in_order([first, second])


def test_a_port_that_nobody_offers_is_told() -> None:
    with pytest.raises(TopologyInvalid, match="alpha requires BetaPort, which no service here offers"):
        in_order([a_manifest(requires=(BetaPort,))])


def test_an_event_is_ordered_by_its_key() -> None:
    assert Grown(organization_id=OrganizationId(new_id()), plant="oak").ordering_key() == "oak"


def test_a_service_derives_only_its_own_secrets_and_each_purpose_has_another() -> None:
    context = a_context()

    assert len(context.secret("beta.links")) == 32
    assert context.secret("beta.links") != context.secret("beta.tokens")
    assert context.secret("beta.links") != a_context(root_secret=b"s" * 32).secret("beta.links")
    assert "rrrr" not in repr(context)
    with pytest.raises(ManifestInvalid, match="not its own"):
        context.secret("alpha.links")
    with pytest.raises(ManifestInvalid, match="at least 32 bytes"):
        a_context(root_secret=b"short").secret("beta.links")
