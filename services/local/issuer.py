"""The development issuer: signs access tokens (RFC 9068, RS256) with the data folder's own key.

Written with `cryptography` alone: one token must not wait for a library to load, and 10,000 take seconds.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from services.local.home import Home
from services.local.private import write_private_once

NAME = "vizyt-local"
AUDIENCE = "vizyt"
LIFETIME = timedelta(days=60)
ID_LIFETIME = timedelta(minutes=5)
ACCESS_TOKEN, ID_TOKEN = "at+jwt", "JWT"
KEY_BITS = 2048


class Issuer:
    """Signs tokens of one data folder."""

    def __init__(self, home: Home) -> None:
        jwk = ensure_key(home)
        self._key = _private_key(jwk)
        self._subject_key = hashlib.sha256(b"subject" + jwk["d"].encode()).digest()
        self._headers = {
            kind: _segment({"alg": "RS256", "typ": kind, "kid": jwk["kid"]}) for kind in (ACCESS_TOKEN, ID_TOKEN)
        }

    def token(self, claims: Mapping[str, Any], *, now: datetime) -> str:
        """One token, valid for 60 days from `now`."""
        issued = int(now.timestamp())
        payload = {
            "iss": NAME, "aud": AUDIENCE, "iat": issued, "exp": issued + int(LIFETIME.total_seconds()),
            "jti": secrets.token_hex(8), **claims,
        }  # fmt: skip
        return self._signed(ACCESS_TOKEN, payload)

    def id_token(self, claims: Mapping[str, Any], *, issuer: str, client_id: str, now: datetime) -> str:
        """Tells the client `client_id` who logged in; no service takes it for an access token. `issuer`: an address."""
        issued = int(now.timestamp())
        times = {"iat": issued, "exp": issued + int(ID_LIFETIME.total_seconds())}
        return self._signed(ID_TOKEN, {"iss": issuer, "aud": client_id, **times, **claims})

    def _signed(self, kind: str, payload: Mapping[str, Any]) -> str:
        signed = f"{self._headers[kind]}.{_segment(payload)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64(signature)}"

    def subject(self, identity: str) -> str:
        """A stable name for a person that does not tell the number."""
        return hmac.digest(self._subject_key, identity.encode(), "sha256").hex()[:24]


def ensure_key(home: Home) -> dict[str, str]:
    """The private key as a JWK; made, and its public half written, at the first call."""
    if not home.issuer_key.exists():
        write_private_once(home.issuer_key, json.dumps(_new_jwk()))
    jwk: dict[str, str] = json.loads(home.issuer_key.read_text())
    if not home.jwks.exists():
        public = {name: jwk[name] for name in ("kty", "kid", "use", "alg", "n", "e")}
        write_private_once(home.jwks, json.dumps({"keys": [public]}))
    return jwk


def _new_jwk() -> dict[str, str]:
    numbers = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS).private_numbers()
    public = {"kty": "RSA", "n": _number(numbers.public_numbers.n), "e": _number(numbers.public_numbers.e)}
    values = {"d": numbers.d, "p": numbers.p, "q": numbers.q}
    values |= {"dp": numbers.dmp1, "dq": numbers.dmq1, "qi": numbers.iqmp}
    private = {name: _number(value) for name, value in values.items()}
    return public | private | {"use": "sig", "alg": "RS256", "kid": _thumbprint(public)}


def _thumbprint(public: Mapping[str, str]) -> str:
    """RFC 7638."""
    canonical = json.dumps({name: public[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    return _base64(hashlib.sha256(canonical.encode()).digest())


def _private_key(jwk: Mapping[str, str]) -> rsa.RSAPrivateKey:
    value = {name: _integer(jwk[name]) for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi")}
    return rsa.RSAPrivateNumbers(
        p=value["p"], q=value["q"], d=value["d"], dmp1=value["dp"], dmq1=value["dq"], iqmp=value["qi"],
        public_numbers=rsa.RSAPublicNumbers(value["e"], value["n"]),
    ).private_key()  # fmt: skip


def _segment(content: Mapping[str, Any]) -> str:
    return _base64(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _base64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _integer(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
