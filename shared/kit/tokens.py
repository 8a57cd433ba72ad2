"""Login tokens: signed, short, and worth nothing without the certificate they were bought with.

JWT (RFC 7519) bound to a certificate by cnf/x5t#S256 (RFC 8705); one pinned algorithm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from shared.kit.clock import machine_now
from shared.kit.ids import new_id
from shared.kit.refusals import Refusal

ALGORITHM = "HS256"
LIFETIME = timedelta(minutes=15)
REQUIRED_CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti", "cnf", "roles", "muni", "purpose"]


class TokenRefused(Refusal):
    """The login token is missing, expired, or not valid for this certificate and door."""

    code = "token_refused"


@dataclass(frozen=True)
class Login:
    """What a valid token says about who is signed in."""

    user_id: str
    roles: frozenset[str]
    municipality: str
    purpose: str


@dataclass(frozen=True)
class IssuedToken:
    """A token as it is handed out, with its end in machine time."""

    text: str
    expires_at: datetime


@dataclass(frozen=True)
class TokenIssuer:
    """Signs and checks the tokens of one service; the key is a secret of that service alone."""

    service: str
    key: bytes

    def issue(self, login: Login, *, door: str, thumbprint: str) -> IssuedToken:
        """Sign a token for one door and one certificate."""
        now = machine_now()
        expires_at = now + LIFETIME
        claims = {
            "iss": self.service,
            "aud": f"{self.service}.{door}",
            "sub": login.user_id,
            "roles": sorted(login.roles),
            "muni": login.municipality,
            "purpose": login.purpose,
            "cnf": {"x5t#S256": thumbprint},
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": str(new_id()),
        }
        return IssuedToken(jwt.encode(claims, self.key, algorithm=ALGORITHM), expires_at)

    def check(self, unverified_token: str, *, door: str, thumbprint: str) -> Login:
        """Return who is signed in, or raise TokenRefused (no reason is told to the caller)."""
        try:
            claims = jwt.decode(
                unverified_token,
                self.key,
                algorithms=[ALGORITHM],
                audience=f"{self.service}.{door}",
                issuer=self.service,
                leeway=0,
                options={
                    "require": REQUIRED_CLAIMS,
                    "verify_signature": True,
                    "verify_exp": True,
                    "verify_iat": True,
                    "verify_aud": True,
                    "verify_iss": True,
                },
            )
            bound_to = claims["cnf"]["x5t#S256"]
        except (jwt.InvalidTokenError, KeyError, TypeError) as error:
            raise TokenRefused from error
        if bound_to != thumbprint:
            raise TokenRefused
        return Login(claims["sub"], frozenset(claims["roles"]), claims["muni"], claims["purpose"])
