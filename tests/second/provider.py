"""A second OpenID provider, which behaves differently from Okta: PyPI's `canaille`, in memory, for tests alone.

    provider.py '{"port": 4567, "redirect_uri": "…", "home": "…", "secret": "…", "id_token_alg": "RS256"}'

Prints one line of JSON when it is ready, and runs until it is killed. `GET /control/id-token` tells the header and the claims
of the ID token that was issued last, and `GET /control/basic` what came as the client's Basic credentials.
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

told = json.loads(sys.argv[1])
port = told["port"]
issuer = f"http://127.0.0.1:{port}{MOUNTED_AT}"
seen = {}

# Its own word for the issuer is the root of the server, with a slash at the end. Okta's issuers have a path.
for module in (canaille.oidc.provider, canaille.oidc.metadata):
    module.get_issuer = lambda: issuer

app = create_app(config={
    "SECRET_KEY": "good for nothing but a test",
    "SERVER_NAME": f"127.0.0.1:{port}",
    "PREFERRED_URL_SCHEME": "http",
    # Clients of this host ask nobody for consent.
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
        client_secret=told["secret"],
        client_name="The application under test",
        client_uri="http://localhost/",
        redirect_uris=[told["redirect_uri"]],
        post_logout_redirect_uris=[told["home"]],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        scope=["openid", "profile", "email", "groups"],
        token_endpoint_auth_method="client_secret_basic",
        id_token_signed_response_alg=told.get("id_token_alg"),
    )
    Backend.instance.save(client)
    client.audience = [client]
    Backend.instance.save(client)


with app.app_context(), Backend.instance.session():
    fill()
server = make_server("127.0.0.1", port, DispatcherMiddleware(NotFound(), {MOUNTED_AT: app}), threaded=True)
print(json.dumps({"issuer": issuer, "password": PASSWORD}), flush=True)
server.serve_forever()
