"""Where load tests are let in: on the embedded default alone."""

from stoa.app.embedded import Ground
from stoa.kit.http.address import is_loopback
from stoa.kit.http.passes import PURPOSE, LoadPasses
from stoa.kit.manifest import derive_secret


def load_passes_of(ground: Ground) -> LoadPasses | None:
    """Return who reads the passes of a load test: nobody where other machines or other engines have a part."""
    chosen = ground.settings
    others = chosen.database_url or chosen.valkey_url or chosen.kafka or chosen.public_url
    if others or not is_loopback(chosen.host):
        return None
    return LoadPasses(derive_secret(ground.root_secret, PURPOSE), ground.clock)
