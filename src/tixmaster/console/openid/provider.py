"""The provider: what it says of itself, and who it says has signed in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx
import jwt
import msgspec

from tixmaster.console.openid.errors import OpenIdError
from tixmaster.console.openid.request import SignIn
from tixmaster.stack.config import Config
from tixmaster.stack.config.openid import OpenId

ANSWER_SECONDS = 5.0
FRESH_SECONDS = 3600.0
"""How long what the provider says of itself, and its keys, are taken for granted."""
LEEWAY_SECONDS = 30.0
"""How far the provider's clock may be off."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that only the provider can make; never `none`, and none that the client secret could make."""
CALLBACK = "/login/openid/callback"

Read = TypeVar("Read")


class Discovered(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's metadata (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The token endpoint's. The access token opens what the provider says of the person, and is not kept."""

    id_token: str
    access_token: str | None = None


class Provider:
    """One provider for the process. All methods raise `OpenIdError`; nothing is asked before somebody wants to sign in."""

    def __init__(self, config: Config, told: OpenId, clock: Callable[[], float] = time.monotonic) -> None:
        self.told = told
        self._config = config
        self._clock = clock
        self._lock = threading.Lock()
        self._metadata: tuple[float, Discovered] | None = None
        self._keys: tuple[float, dict[str | None, jwt.PyJWK]] | None = None

    @property
    def callback(self) -> str:
        """Where the provider sends people back to; it must know this address."""
        return self._config.link("oncall", CALLBACK)

    def address_for(self, sign_in: SignIn) -> str:
        """Where somebody is sent to sign in."""
        challenge = hashlib.sha256(sign_in.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.told.client_id,
            "redirect_uri": self.callback,
            "scope": " ".join(self.told.scopes),
            "state": sign_in.state,
            "nonce": sign_in.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return _with(self.discover().authorization_endpoint, asked)

    def address_to_leave(self) -> str | None:
        """Where somebody ends the session at the provider; None where it has no such place."""
        place = self.discover().end_session_endpoint
        back = {"client_id": self.told.client_id, "post_logout_redirect_uri": self._config.link("oncall", "/login")}
        return _with(place, back) if place else None

    def claims(self, sign_in: SignIn, code: str, issuer: str | None) -> dict[str, Any]:
        """Whom the code stands for; `issuer` is what the answer said of itself (RFC 9207)."""
        metadata = self.discover()
        missing = issuer is None and metadata.authorization_response_iss_parameter_supported
        if missing or issuer not in (None, metadata.issuer):
            raise OpenIdError("token-wrong", f"the answer comes from {issuer!r}, not from {metadata.issuer!r}")
        answer = self._redeem(metadata, sign_in, code)
        claims = self._verified(metadata, answer.id_token, sign_in.nonce)
        return self._more(metadata, answer, claims) | claims

    def discover(self) -> Discovered:
        """The metadata, at most `FRESH_SECONDS` old."""
        with self._lock:
            if self._metadata is None or self._clock() - self._metadata[0] > FRESH_SECONDS:
                self._metadata = (self._clock(), self._ask_metadata())
            return self._metadata[1]

    def _ask_metadata(self) -> Discovered:
        found = _read(_get(f"{self.told.issuer.rstrip('/')}/.well-known/openid-configuration"), Discovered)
        if found.issuer != self.told.issuer:
            raise OpenIdError(
                "provider-odd", f"it calls itself {found.issuer!r}, and tixmaster.toml says {self.told.issuer!r}"
            )
        return found

    def _redeem(self, metadata: Discovered, sign_in: SignIn, code: str) -> Answer:
        """The tokens for the code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "client_id": self.told.client_id,
            "code_verifier": sign_in.verifier,
        }
        basic, secret = None, self._secret()
        if secret and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            basic = (quote(self.told.client_id, safe=""), quote(secret, safe=""))  # RFC 6749, section 2.3.1
        elif secret:
            form["client_secret"] = secret
        try:
            answer = httpx.post(metadata.token_endpoint, data=form, auth=basic, timeout=ANSWER_SECONDS)
        except httpx.HTTPError as error:
            raise OpenIdError("provider-away", f"{metadata.token_endpoint}: {error or type(error).__name__}") from error
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise OpenIdError("provider-away", f"{metadata.token_endpoint} answered {answer.status_code}")
        if answer.status_code != httpx.codes.OK:
            raise OpenIdError("provider-refused", f"{metadata.token_endpoint}: {answer.text[:300]}")
        return _read(answer, Answer)

    def _verified(self, metadata: Discovered, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token of this provider, for us, of this log-in (Core 1.0, 3.1.3.7)."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise OpenIdError("token-wrong", f"it is signed by {header.get('alg')!r}")
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key(metadata, header.get("kid")),
                algorithms=[header["alg"]],
                audience=self.told.client_id,
                issuer=self.told.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise OpenIdError("token-expired", str(error)) from error
        except jwt.PyJWTError as error:
            raise OpenIdError("token-wrong", str(error)) from error
        if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise OpenIdError("token-wrong", "its nonce is that of another log-in")
        if claims.get("azp", self.told.client_id) != self.told.client_id:
            raise OpenIdError("token-wrong", f"it was issued for {claims['azp']!r}")
        return claims

    def _more(self, metadata: Discovered, answer: Answer, claims: dict[str, Any]) -> dict[str, Any]:
        """What the provider says of the person elsewhere (Core 1.0, 5.3), where the ID token does not say all we want."""
        wanted = {self.told.name_claim, self.told.role_claim}
        if wanted <= claims.keys() or metadata.userinfo_endpoint is None or answer.access_token is None:
            return {}
        bearer = {"Authorization": f"Bearer {answer.access_token}"}
        more = _read(_get(metadata.userinfo_endpoint, bearer), dict[str, Any])
        if more.get("sub") != claims["sub"]:
            raise OpenIdError("token-wrong", f"the claims are those of {more.get('sub')!r}")
        return more

    def _key(self, metadata: Discovered, name: str | None) -> jwt.PyJWK:
        """The key of that id; keys are rotated, so an unknown one is looked for once more."""
        with self._lock:
            asked, keys = self._keys or (float("-inf"), {})
            if name not in keys or self._clock() - asked > FRESH_SECONDS:
                keys = _ask_keys(metadata)
                self._keys = (self._clock(), keys)
        if name is None and len(keys) == 1:
            return next(iter(keys.values()))
        if name not in keys:
            raise OpenIdError("token-wrong", f"it is signed by the key {name!r}, which the provider does not publish")
        return keys[name]

    def _secret(self) -> str | None:
        if self.told.client_secret_file is None:
            return None
        file = self._config.path_of(self.told.client_secret_file)
        try:
            return file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise OpenIdError("provider-odd", f"cannot read client_secret_file {file}: {error.strerror}") from error


def _ask_keys(metadata: Discovered) -> dict[str | None, jwt.PyJWK]:
    published = _read(_get(metadata.jwks_uri), dict[str, Any])
    try:
        return {key.key_id: key for key in jwt.PyJWKSet.from_dict(published).keys}
    except jwt.PyJWTError as error:
        raise OpenIdError("provider-odd", f"its keys cannot be read: {error}") from error


def _get(address: str, headers: dict[str, str] | None = None) -> httpx.Response:
    try:
        return httpx.get(address, headers=headers, timeout=ANSWER_SECONDS, follow_redirects=False).raise_for_status()
    except httpx.HTTPError as error:
        raise OpenIdError("provider-away", f"{address}: {error or type(error).__name__}") from error


def _read(answer: httpx.Response, kind: type[Read]) -> Read:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError as error:
        raise OpenIdError("provider-odd", f"{answer.url}: {error}") from error


def _with(address: str, values: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(values)}"
