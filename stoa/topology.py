"""Who lives where: every service's manifest, found in stoa/services and put in the order of who requires whom."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterable, Sequence

import stoa.services
from stoa.kit.errors import EnvironmentProblem
from stoa.kit.manifest import Manifest
from stoa.kit.ports import Port


class TopologyInvalid(EnvironmentProblem):
    """The manifests do not fit together: a required port is nobody's, or services require each other in a circle."""

    code, title = "stoa.topology_invalid", "The services do not fit together"


def discover() -> dict[str, Manifest]:
    """Import the manifest of every folder in stoa/services and return them by name, providers before askers."""
    found = []
    for folder in pkgutil.iter_modules(stoa.services.__path__):
        # The linter wants a manifest of every service; one that is still being built has none and is not started.
        if folder.ispkg and importlib.util.find_spec(f"stoa.services.{folder.name}.manifest"):
            # The one dynamic import of the house: a service is found by being there (TID251 forbids others).
            module = importlib.import_module(f"stoa.services.{folder.name}.manifest")  # noqa: TID251, RUF100
            manifest = module.manifest
            if manifest.name != folder.name:
                raise TopologyInvalid(f"The manifest in stoa/services/{folder.name} says its name is {manifest.name}")
            found.append(manifest)
    return in_order(found)


def in_order(manifests: Iterable[Manifest]) -> dict[str, Manifest]:
    """Order manifests so that each comes after those it requires; raise TopologyInvalid for a circle or a gap."""
    by_name = {manifest.name: manifest for manifest in sorted(manifests, key=lambda one: one.name)}
    ordered: dict[str, Manifest] = {}
    for name in by_name:
        _visit(name, by_name=by_name, ordered=ordered, path=())
    return ordered


def provider_of(port: type[Port], manifests: Iterable[Manifest]) -> Manifest:
    """Return the manifest whose service offers a port."""
    for manifest in manifests:
        if manifest.port is port:
            return manifest
    raise TopologyInvalid(f"No service offers {port.__name__}")


def longest_path(manifests: Sequence[Manifest]) -> list[str]:
    """Return the names along the longest chain of requirements, the asker first."""
    by_port = {manifest.port: manifest for manifest in manifests if manifest.port is not None}

    def chain(manifest: Manifest) -> list[str]:
        chains = [chain(by_port[port]) for port in manifest.requires if port in by_port]
        return [manifest.name, *max(chains, key=len, default=[])]

    in_order(manifests)
    return max((chain(manifest) for manifest in manifests), key=len, default=[])


def _visit(name: str, *, by_name: dict[str, Manifest], ordered: dict[str, Manifest], path: tuple[str, ...]) -> None:
    if name in ordered:
        return
    if name in path:
        circle = " → ".join((*path[path.index(name) :], name))
        raise TopologyInvalid(f"Services require each other in a circle: {circle}")
    manifest = by_name[name]
    for port in manifest.requires:
        provider = by_name.get(port.service_)
        if provider is None or provider.port is not port:
            raise TopologyInvalid(f"{name} requires {port.__name__}, which no service here offers")
        _visit(provider.name, by_name=by_name, ordered=ordered, path=(*path, name))
    ordered[name] = manifest
