"""A real OpenID Connect provider in a process of its own, on loopback, with PKCE checked beside it.

Run as a script it prints its port. The provider itself ignores PKCE, so that is checked here, as RFC 7636
§4.6 has it: a code is given out only for the verifier whose digest came with the request.
"""

import base64
import hashlib
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


@contextmanager
def a_provider() -> Iterator[str]:
    """Run the provider; yield its address."""
    with subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            yield f"http://localhost:{int(running.stdout.readline())}"
        finally:
            running.terminate()


def _serve() -> None:
    warnings.simplefilter("ignore")
    import flask
    import oidc_provider_mock  # type: ignore[import-untyped]
    from werkzeug.serving import make_server

    app = oidc_provider_mock.app()
    challenges: dict[str, str] = {}

    @app.before_request  # type: ignore[untyped-decorator]
    def check_pkce() -> "flask.Response | None":
        if flask.request.path.endswith("/token"):
            challenge = challenges.get(flask.request.form.get("code", ""), "-")
            digest = hashlib.sha256(flask.request.form.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
                return flask.make_response({"error": "invalid_grant"}, 400)
        return None

    @app.after_request  # type: ignore[untyped-decorator]
    def note_challenge(response: "flask.Response") -> "flask.Response":
        asked = flask.request.args
        if response.location and asked.get("code_challenge_method") == "S256":
            for code in parse_qs(urlsplit(response.location).query).get("code", []):
                challenges[code] = asked["code_challenge"]
        return response

    server = make_server("localhost", 0, app, threaded=True)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    sys.path.remove(str(Path(__file__).parent))
    _serve()
