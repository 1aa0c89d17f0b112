"""A provider of OpenID Connect on loopback: its description, its keys, and code for signed tokens.

It asks nobody for a password: whoever comes is the one that `claims` says.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "moments", "a secret of the client"


class Provider:
    def __init__(self, url: str) -> None:
        self.url = url
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: dict[str, Any] = {}
        self.error = ""
        self.audience = CLIENT
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()

    @property
    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    @property
    def jwks(self) -> dict[str, Any]:
        own = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [own | {"kid": "1", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes back to."""
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert {"openid", "email"} <= set(asked["scope"].split())
        back = {"state": asked["state"]}
        if self.error:
            return f"{asked['redirect_uri']}?{urlencode(back | {'error': self.error})}"
        back["code"] = secrets.token_hex(8)
        self.codes[back["code"]] = asked
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def exchange(self, given: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(given.get("code", ""), None)
        if asked is None or given.get("client_secret") != SECRET:
            return None
        proof = hashlib.sha256(given["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(proof).rstrip(b"=").decode() != asked["code_challenge"]:
            return None
        now = int(time.time())
        said = {"iss": self.url, "aud": self.audience, "iat": now, "exp": now + 60} | self.claims
        token = jwt.encode(said, self.key, "RS256", headers={"kid": "1"})
        self.tokens.add(access := secrets.token_hex(8))
        return {"access_token": access, "token_type": "Bearer", "id_token": token}


@contextmanager
def provider() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

        def answer(self, body: object, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def do_GET(self) -> None:
            path = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(path.query).items()}
            match path.path:
                case "/.well-known/openid-configuration":
                    self.answer(own.description)
                case "/jwks":
                    self.answer(own.jwks)
                case "/userinfo":
                    token = self.headers["Authorization"].removeprefix("Bearer ")
                    self.answer(own.claims, 200 if token in own.tokens else 401)
                case _:
                    self.send_response(302)
                    self.send_header("Location", own.authorize(asked))
                    self.end_headers()

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = own.exchange({name: values[0] for name, values in parse_qs(text).items()})
            self.answer(given or {"error": "invalid_grant"}, 200 if given else 400)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        own = Provider(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield own
        server.shutdown()
