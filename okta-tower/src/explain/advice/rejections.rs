//! Why requests are rejected. The order is that of the checks.

use super::entry::{Advice, advice};

advice! {
    REJECTIONS:
    401: "missing_credentials" =>
        "neither a token nor a session cookie. Browsers drop the header on a redirect to another \
         origin, and a proxy may",
        "send `Authorization: Bearer <token>`, or sign in; check that the proxy forwards the \
         header";
    401: "other_scheme" =>
        "the `Authorization` header has another scheme than Bearer: `DPoP`, or `Basic` for a \
         proxy",
        "send `Bearer <token>`; turn off DPoP for the application under Applications > General; \
         with sessions, `ignore_other_schemes`";
    401: "no_scheme" =>
        "the `Authorization` header is a token without a scheme",
        "send `Bearer <token>`";
    400: "two_headers" =>
        "more than one `Authorization` field",
        "look for a proxy or client library that adds one";
    400: "two_methods" =>
        "your own credential finder reported tokens in two places",
        "send one token";
    400: "not_text" =>
        "the header has bytes outside ASCII",
        "check how the client encodes the token";
    400: "bad_form" =>
        "the header is not a scheme, a space and a token, such as `Bearer` with an empty variable",
        "send `Bearer <token>`";
    431: "too_large" =>
        "longer than `max_token_bytes` (16 KiB), mostly from groups",
        "narrow the groups claim's filter, or raise the limit";
    401: "encrypted" =>
        "a JWE (five parts): access-token encryption is on",
        "turn off token encryption for the authorization server";
    401: "not_compact" =>
        "not three parts separated by dots: a refresh token, an authorization code, an API token \
         (`00…`), or a piece of a token",
        "send the access token";
    401: "bad_encoding" =>
        "a part is not base64url, or has malformed characters",
        "look for quotes, blanks, commas, line breaks or padding in the token";
    401: "bad_header" =>
        "the header is not a plain JSON object with unique members",
        "use tokens of the issuer only";
    401: "critical" =>
        "the header requires an extension (`crit`, `b64`, `zip`)",
        "use tokens of the issuer only";
    401: "algorithm_not_allowed" =>
        "`alg` is not allowed; `none` and HMAC never are. Okta signs with RS256: another `alg` is \
         a token of the client's own",
        "use tokens of the issuer only; `OktaBuilder::algorithms` if the issuer signs with it";
    401: "type_not_allowed" =>
        "`typ` is not an access token's: an ID-JAG, a logout token, a DPoP proof; or no `at+jwt` \
         under `TokenType::Rfc9068`",
        "send the access token; the client must exchange an ID-JAG for one; `TokenType::Lenient` \
         if the issuer sends no `at+jwt`";
    401: "missing_key_id" =>
        "no `kid`: not a token of Okta",
        "use tokens of the issuer only";
    401: "unknown_key" =>
        "no current key has this `kid`: a token of another authorization server, mostly of the \
         org's own; or Okta has just rotated in an emergency",
        "request the token at `/oauth2/default/v1/token`, not at the org's `/oauth2/v1/token`. A \
         key that Okta has just published is fetched at once, or at the end of the cool-down \
         under a flood";
    401: "key_mismatch" =>
        "the key is for another algorithm",
        "use tokens of the issuer only";
    401: "bad_signature" =>
        "altered, forged, or cut and pasted incompletely",
        "use tokens of the issuer only; copy the whole token";
    401: "bad_claims" =>
        "the payload is not a plain JSON object with unique members, or a claim has the wrong \
         type",
        "check custom claims: Security > API > Claims";
    401: "not_an_access_token" =>
        "an ID token or a logout token",
        "send the access token";
    401: "sender_constrained" =>
        "bound to a key (`cnf`): issued for DPoP or mutual TLS",
        "turn off DPoP for the application under Applications > General";
    401: "missing_claim" =>
        "a required claim is missing; the log names it",
        "check the claims of the authorization server; `TokenType::Rfc9068` requires more than \
         Okta sends";
    401: "wrong_issuer" =>
        "`iss` is not configured: the custom domain, or another authorization server with the \
         same keys",
        "compare `iss` with `OKTA_OAUTH2_ISSUER`; add another host name of the same authorization \
         server (custom domain, issuer mode Dynamic) to `extra_issuers`";
    401: "wrong_audience" =>
        "`aud` has no configured audience",
        "set `OKTA_OAUTH2_AUDIENCE` to Security > API > your authorization server > Audience \
         (`api://default`)";
    401: "expired" =>
        "expired, leeway (60 s) included",
        "get a new token; compare the clocks";
    401: "not_yet_valid" "issued_in_future" =>
        "`nbf` or `iat` is in the future",
        "synchronize the clocks (NTP)";
    401: "client_not_allowed" =>
        "`cid` is not in `allowed_clients`",
        "add the client to `allowed_clients`";
    401: "claims_unreadable" =>
        "a bearer token's payload does not fit the type of `.claims::<C>()`",
        "use `Option` for fields that not every token has";
    401: "not_an_id_token" =>
        "the issuer sent another token",
        "check the issuer";
    401: "untrusted_audience" =>
        "`aud` has other audiences as well",
        "check the application at Okta";
    401: "wrong_authorized_party" =>
        "`azp` is another client",
        "check `OKTA_OAUTH2_CLIENT_ID`";
    401: "issued_before_request" =>
        "the token is older than the request for it: an attack, a proxy that replays responses, or \
         clocks further apart than the leeway",
        "start again; look at the proxies; synchronize the clocks (NTP)";
    401: "wrong_nonce" =>
        "the token belongs to another attempt: an attack, or a proxy that replays responses",
        "start again; look at the proxies";
    401: "wrong_access_token_hash" =>
        "`at_hash` is not that of the access token: an attack, or a proxy that replays responses",
        "start again; look at the proxies";
    401: "wrong_assurance" =>
        "`acr` is none of the requested `acr_values`",
        "adjust the authentication policy at Okta";
    401: "authentication_too_old" =>
        "`auth_time` exceeds `max_age`",
        "have the user sign in again";
    401: "other_person" =>
        "a refresh returned another user's token",
        "report it to Okta";
    401: "session_expired" =>
        "the absolute timeout, or the access token's end without a refresh token",
        "sign in; `offline_access` for longer sessions";
    401: "session_idle" =>
        "not used for `idle_timeout`",
        "sign in";
    401: "session_ended" =>
        "signed out, or Okta did not renew it: the user was deactivated or unassigned, or an \
         administrator cleared the sessions",
        "sign in";
    401: "session_superseded" =>
        "a cookie from before a refresh, too old",
        "sign in; the client must not keep old cookies";
    401: "session_unreadable" =>
        "incomplete, altered, or of another issuer, client ID or public origin; a proxy that \
         drops some of the cookies",
        "sign in; use another `cookie_name` for each application on one host";
    401: "session_unknown_key" =>
        "sealed with a key that this instance lacks, or by another version of this crate",
        "set the same `OKTA_TOWER_COOKIE_KEYS` everywhere";
    403: "session_claims_unreadable" =>
        "the ID token's claims do not fit the type of `.claims::<C>()`",
        "add the claim to the ID token at Okta, or use `Option`";
    500: "session_too_large" =>
        "`update_local` with more data than cookies hold",
        "keep less data, or use a store";
    403: "cross_origin" =>
        "an unsafe request from another origin, or a client that sends neither `Origin` nor \
         `Sec-Fetch-Site`",
        "send the request from the application's own origin, or allow the other one";
    503: "session_store_unavailable" =>
        "the store does not respond",
        "check Redis: `error` and `cause` of `okta_tower::session` in the log";
    503: "session_refresh_unavailable" =>
        "the access token ended, and Okta is unreachable or rejects the client secret",
        "recovers automatically, unless `okta_tower::oauth` has an ERROR";
    403: "scope" =>
        "a scope is missing; the challenge names it",
        "request it in the client, and grant it in the access policy";
    403: "group" =>
        "a group is missing",
        "assign the user to the group; check the groups claim, its token type and its filter";
    403: "claim" =>
        "a claim is missing or has another value",
        "check the claim at Okta (Security > API > Claims)";
    403: "client" =>
        "another client than required",
        "use a token of a required client";
    403: "caller_type" =>
        "a service instead of a user, or the reverse",
        "use the other grant type: authorization code for users, client credentials for services";
    403: "predicate" =>
        "your own check returned false",
        "correct the check, or the claims that it reads";
    403: "unlisted" =>
        "no rule names the method and path",
        "add a rule";
    403: "ambiguous_path" =>
        "the path has several readings",
        "use the table's spelling";
    403: "nobody" =>
        "the requirement admits no caller: an empty list, or an invalid scope name",
        "correct the requirement";
    403: "not_a_person" =>
        "the caller is a service",
        "use `Claims` in routes that services call";
    403: "user_unknown" =>
        "no Okta user has the caller's user ID",
        "check the org URL";
    403: "user_inactive" =>
        "suspended, deactivated, locked or not yet activated",
        "activate the account under Directory > People";
    503: "user_unavailable" =>
        "Okta is unreachable, over its rate limit, or rejects the API credentials",
        "look at `okta_tower::api` in the log";
    503: "keys_not_loaded" =>
        "the first keys have not arrived",
        "check network, proxy and issuer";
    503: "keys_too_stale" =>
        "Okta was unreachable for `stale_limit`",
        "check network, proxy and issuer";
    503: "key_unconfirmed" =>
        "an unknown key while the issuer does not answer",
        "retry: recovers automatically. If `key_state().is_running` is false, the refresher has \
         ended: restart the service on a runtime that lives as long as the process";
    500: "layer_missing" =>
        "a guard or extractor without `okta.layer()` around it",
        "add the layer after the route";
    500: "wrong_claims_type" =>
        "`Claims<C>` with another `C` than `.claims::<C>()`",
        "use one type";
    500: "api_missing" =>
        "`CurrentUser` without `OktaBuilder::api`",
        "call it";
    500: "other_issuer" =>
        "the caller comes from another issuer than this `Okta`'s",
        "use the `Okta` whose layer the request passed";
}
