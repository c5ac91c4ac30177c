"""Signing keys: Ed25519 pairs that are published before they sign and trusted until their last token is gone."""

from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jwt.utils import base64url_decode, base64url_encode

from stoa.kit.contract import Struct, new_id
from stoa.kit.errors import EnvironmentProblem


class PublicKey(Struct, frozen=True, kw_only=True):
    """One entry of a JWKS: an Ed25519 public key (RFC 8037)."""

    kid: str
    x: str
    kty: str = "OKP"
    crv: str = "Ed25519"
    use: str = "sig"
    alg: str = "EdDSA"

    def load(self) -> Ed25519PublicKey:
        """Return the key in the shape the verifier uses."""
        return Ed25519PublicKey.from_public_bytes(base64url_decode(self.x))


class KeySet(Struct, frozen=True, kw_only=True):
    """What `/.well-known/jwks.json` answers."""

    keys: list[PublicKey]


class SigningKey(Struct, frozen=True, kw_only=True):
    """A private key with the dates between which it signs and until which it is trusted."""

    kid: str
    private: bytes
    signs_from: datetime
    signs_until: datetime
    trusted_until: datetime

    def load(self) -> Ed25519PrivateKey:
        """Return the key in the shape the signer uses."""
        return Ed25519PrivateKey.from_private_bytes(self.private)

    def public(self) -> PublicKey:
        """Return the half that may be published."""
        raw = self.load().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return PublicKey(kid=self.kid, x=base64url_encode(raw).decode())

    def to_bytes(self) -> bytes:
        """Return the key as its owner stores it: a secret."""
        return msgspec.json.encode(self)

    @classmethod
    def from_bytes(cls, stored: bytes | str) -> "SigningKey":
        """Read a stored key."""
        return msgspec.json.decode(stored, type=cls)


def generate_key(
    *,
    signs_from: datetime,
    signs_for: timedelta = timedelta(days=30),
    overlap: timedelta = timedelta(hours=1),
) -> SigningKey:
    """Make a key; the overlap is how long it is trusted after its last signature, so longer than any token lives."""
    private = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return SigningKey(
        kid=new_id().hex,
        private=private,
        signs_from=signs_from,
        signs_until=signs_from + signs_for,
        trusted_until=signs_from + signs_for + overlap,
    )


class KeyRing:
    """The keys of the issuer: one signs, those that overlap are published with it."""

    def __init__(self, keys: list[SigningKey]) -> None:
        self._keys = sorted(keys, key=lambda key: key.signs_from)
        self._loaded: dict[str, Ed25519PrivateKey] = {}

    def signing(self, at: datetime) -> tuple[str, Ed25519PrivateKey]:
        """Return the newest key that signs at an instant."""
        for key in reversed(self._keys):
            if key.signs_from <= at < key.signs_until:
                private = self._loaded.get(key.kid)
                if private is None:
                    private = self._loaded[key.kid] = key.load()
                return key.kid, private
        raise EnvironmentProblem(
            "No signing key is valid now.", hint="Rotate the signing keys, or set the clock right."
        )

    def published(self, at: datetime) -> KeySet:
        """Return the public keys to trust, the coming one included."""
        return KeySet(keys=[key.public() for key in self._keys if at < key.trusted_until])

    def rotated(self, at: datetime, *, announce: timedelta = timedelta(days=1)) -> "KeyRing | None":
        """Return a ring with the next key once the present one has less than `announce` left, else None."""
        if self._keys and at < self._keys[-1].signs_until - announce:
            return None
        starts = max(at, self._keys[-1].signs_until - announce / 2) if self._keys else at
        kept = [key for key in self._keys if at < key.trusted_until]
        return KeyRing([*kept, generate_key(signs_from=starts)])

    def stored(self) -> list[SigningKey]:
        """Return every key of the ring, for its owner to keep."""
        return list(self._keys)
