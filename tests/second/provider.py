"""A second OpenID provider, for tests: PyPI's `canaille`, which differs from Okta, in memory.

    provider.py '{"port": 4567, "redirect_uri": "…", "home": "…", "secret": "…",
                  "id_token_alg": "RS256"}'

Prints one line of JSON when it is ready, and runs until it is killed. `GET /control/id-token`
returns header and claims of the latest ID token. `GET /control/basic` returns the latest Basic
credentials.
"""

import base64
import json
import sys

import canaille.oidc.metadata
import canaille.oidc.provider
from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

MOUNTED_AT = "/oauth2/default"
PASSWORD = "correct horse battery staple"

settings = json.loads(sys.argv[1])
port = settings["port"]
issuer = f"http://127.0.0.1:{port}{MOUNTED_AT}"
seen = {}

# canaille uses the server's root with a trailing slash as issuer. Okta's issuers have a path.
for module in (canaille.oidc.provider, canaille.oidc.metadata):
    module.get_issuer = lambda: issuer

app = create_app(config={
    "SECRET_KEY": "only for tests",
    "SERVER_NAME": f"127.0.0.1:{port}",
    "PREFERRED_URL_SCHEME": "http",
    # Clients on this host need no consent.
    "CANAILLE_OIDC": {"TRUSTED_DOMAINS": ["localhost"]},
})


def part(token, index):
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


@app.after_request
def watch(response):
    if request.path == "/oauth/token":
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        seen["basic"] = base64.b64decode(encoded).decode() if scheme == "Basic" else None
        if id_token := (response.get_json(silent=True) or {}).get("id_token"):
            seen["id-token"] = {"header": part(id_token, 0), "claims": part(id_token, 1)}
    return response


@app.get("/control/<what>")
def control(what):
    return {"seen": seen.get(what)}


def fill():
    for name in ("admin", "viewer", "nobody"):
        user = models.User(
            user_name=name,
            formatted_name=name.title(),
            family_name=name.title(),
            emails=[f"{name}@example.com"],
            password=PASSWORD,
        )
        Backend.instance.save(user)
        if name != "nobody":
            Backend.instance.save(models.Group(display_name=name, members=[user]))
    client = models.Client(
        client_id="app",
        client_secret=settings["secret"],
        client_name="The application under test",
        client_uri="http://localhost/",
        redirect_uris=[settings["redirect_uri"]],
        post_logout_redirect_uris=[settings["home"]],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        scope=["openid", "profile", "email", "groups"],
        token_endpoint_auth_method="client_secret_basic",
        id_token_signed_response_alg=settings.get("id_token_alg"),
    )
    Backend.instance.save(client)
    client.audience = [client]
    Backend.instance.save(client)


with app.app_context(), Backend.instance.session():
    fill()
mounted = DispatcherMiddleware(NotFound(), {MOUNTED_AT: app})
server = make_server("127.0.0.1", port, mounted, threaded=True)
print(json.dumps({"issuer": issuer, "password": PASSWORD}), flush=True)
server.serve_forever()
