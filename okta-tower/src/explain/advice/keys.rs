//! Why keys cannot be fetched, and why published keys are not used.

use super::entry::{Advice, advice};

advice! {
    KEY_REFRESHES:
    -: "connection" "timeout" =>
        "network, DNS, TLS or proxy",
        "check the network, DNS, the proxy settings and the root certificates";
    -: "status" "redirect" =>
        "another status than 200: 404 for a wrong authorization server ID, 429 for Okta's rate \
         limit. Redirects are not followed",
        "check the ID at the end of the issuer, and proxies";
    -: "too_large" "compressed" =>
        "larger than `max_document_bytes`, or compressed by a proxy",
        "have the proxy pass the document unchanged; `max_document_bytes`";
    -: "url_not_allowed" =>
        "the metadata name a URL that is not `https` or not of the issuer's origin; the error \
         names the member",
        "check the issuer; for an internal host, set its address (`issuer_address`)";
    -: "invalid_document" =>
        "not JSON, or not what it should be: a captive portal, the wrong issuer",
        "open `{issuer}/.well-known/openid-configuration` from the same network";
    -: "wrong_issuer" =>
        "the metadata are another issuer's",
        "configure the issuer that they name; check the custom domain";
    -: "no_usable_key" =>
        "no key of the document can be used; the error has the reason for each",
        "see the reasons of skipped keys";
}

advice! {
    SKIPPED_KEYS:
    -: "malformed" =>
        "not an object with unique members, or a member of the wrong type",
        "correct the document, or the proxy that serves it";
    -: "missing_key_id" =>
        "no `kid`, an empty one, or one over 256 bytes",
        "give each key a `kid`";
    -: "not_for_signatures" =>
        "`use` is not `sig`, or `key_ops` lacks `verify`",
        "none, if the key is for encryption";
    -: "private_members" =>
        "private or symmetric members were published",
        "rotate this key at once";
    -: "unknown_type" "unknown_curve" =>
        "`kty` or `crv` is not supported",
        "publish an RSA, P-256, P-384 or Ed25519 key";
    -: "foreign_algorithm" =>
        "`alg` is not allowed",
        "add it with `OktaBuilder::algorithms` if the issuer signs with it";
    -: "bad_numbers" =>
        "missing, not canonical base64url, or not on the curve",
        "correct the document, or the proxy that serves it";
    -: "rsa_size" "rsa_exponent" =>
        "a weak key, or one of unusual size",
        "use a key of 2048 to 8192 bits with the exponent 65537";
    -: "conflict" =>
        "two different keys with one `kid` and `alg`: neither is used",
        "give each key its own `kid`";
    -: "too_many" =>
        "more than 100 keys",
        "publish fewer keys";
}
