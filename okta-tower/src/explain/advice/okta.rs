//! What Okta answers: its errors, token requests, sign-ins, the management API.

use super::entry::{Advice, advice};

advice! {
    PROVIDER_ERRORS:
    -: "access_denied" "policy_failed" =>
        "no rule of the access policy matches the client, user, grant type, scopes and network \
         zone; or the authentication policy denies the user",
        "add a rule under Security > API > Access Policies; check Security > Authentication \
         Policies";
    -: "not_assigned" =>
        "the user is not assigned to the application",
        "assign the user under Applications > Assignments";
    -: "user_canceled_request" =>
        "the user went back",
        "start again";
    -: "login_required" "interaction_required" "consent_required" "account_selection_required" =>
        "`prompt=none`, but Okta must ask the user",
        "sign in without it";
    -: "unmet_authentication_requirements" =>
        "`acr_values` cannot be met, such as for a user without a second factor",
        "enroll the factor, or adjust the authentication policy";
    -: "invalid_scope" "insufficient_scope" =>
        "a requested scope is unknown to the authorization server or not granted; or no scope was \
         requested, and the server has no default scope",
        "correct `OKTA_OAUTH2_SCOPES`, or add the scope under Security > API > Scopes";
    -: "invalid_client" "unauthorized_client" =>
        "the client is inactive, its secret or key is wrong, or the grant type is off",
        "correct the client's credentials and grant types under Applications > General";
    -: "invalid_request" "invalid_target" "invalid_token" =>
        "a parameter is wrong, mostly a redirect URI that is not registered exactly",
        "correct the parameter; register the URI under Applications > Sign-in redirect URIs";
    -:
        "invalid_request_object" "invalid_request_uri" "request_not_supported"
        "request_uri_not_supported" =>
        "the pushed request has expired, or Okta does not accept it",
        "start again";
    -:
        "unsupported_response_mode" "unsupported_response_type" "unsupported_grant_type"
        "unsupported_token_type" "unsupported_api_resource" "registration_not_supported" =>
        "a feature is off for the application or the authorization server",
        "turn the feature on under Applications > General";
    -: "invalid_dpop_proof" "use_dpop_nonce" =>
        "the application requires DPoP",
        "turn DPoP off under Applications > General";
    -: "invalid_grant" =>
        "the code was used or has expired, or belongs to another client or redirect URI",
        "start again";
    -: "too_many_groups" =>
        "over 100 groups match the groups claim",
        "narrow the filter of the claim";
    -: "server_error" "temporarily_unavailable" =>
        "Okta's own failure",
        "recovers automatically";
    -: "other" =>
        "a code that is not in this table",
        "look the error up in Okta's System Log";
}

advice! {
    TOKEN_REQUESTS:
    -: "invalid_grant" =>
        "the code or refresh token has expired, was used, or was revoked. Only this ends a \
         session",
        "sign in";
    -: "invalid_client" =>
        "Okta rejects the client secret or key. Sessions are kept",
        "correct the secret or key; check that the client is active";
    -: "refused" =>
        "another error, named in `cause`. `unauthorized_client`: the grant type is off. \
         `invalid_scope`: the scope is unknown. `access_denied`: the user is not assigned, or a \
         policy denies",
        "check the application and the authorization server at Okta";
    -: "transient" =>
        "no connection, a timeout, 429 or 5xx",
        "recovers automatically";
}

advice! {
    SIGN_INS:
    -: "bad_request" =>
        "an invalid link or callback",
        "check the parameters of `/login`";
    -: "unknown_state" =>
        "an old or foreign callback, or changed cookie keys",
        "start again";
    -: "attempt_cookie_missing" "session_cookie_missing" =>
        "the browser dropped the cookie",
        "allow cookies; see Login loops";
    -: "wrong_issuer" =>
        "the response is another issuer's: an attack, or a wrong setting",
        "check the issuer";
    -: "cancelled" =>
        "the user or Okta's policy declined; `provider_error` in the log tells `not_assigned`, \
         `policy_failed` and `user_canceled_request` apart",
        "see Errors of Okta";
    -: "login_required" =>
        "`prompt=none`, but Okta must ask",
        "sign in without it";
    -: "assurance_not_met" =>
        "`acr_values` or `max_age` not satisfied",
        "adjust the authentication policy at Okta";
    -: "code_refused" =>
        "the code was used or has expired (5 minutes)",
        "start again";
    -: "denied" =>
        "your hook denied the user",
        "look at the hook's own log";
    -: "hook_failed" =>
        "your hook returned an error",
        "look at the log";
    -: "misconfigured" =>
        "Okta rejects the client or the request; `provider_error` in the log names the error",
        "see Errors of Okta; check client ID, secret, redirect URI, grant types, scopes";
    -: "provider_error" =>
        "Okta reports an error of its own, such as `server_error` for a user in over 100 groups",
        "see Errors of Okta";
    -: "bad_answer" =>
        "Okta's response cannot be trusted",
        "look at the log for the failed check";
    -: "unavailable" =>
        "Okta is unreachable or busy, or too many sign-ins came at once",
        "recovers automatically";
    -: "store_unavailable" =>
        "the session store fails",
        "check Redis";
    -: "session_too_large" =>
        "the session does not fit into cookies",
        "use a store, fewer groups, or no `keep_access_token`";
    -: "cross_origin" =>
        "a sign-out from another site",
        "use a form on your own page";
    -: "not_deleted" =>
        "signed out here, but the store did not delete the session",
        "check Redis";
}

advice! {
    API_CALLS:
    -: "invalid" =>
        "Okta rejects a member, or the ID is malformed",
        "look at `error_code` and `causes()` of the `ApiError`";
    -: "unauthorized" =>
        "Okta rejects the API token, or gives the service no token. An API token dies 30 days \
         after its last use, and with its creator's account",
        "create new credentials: Set up your Okta org";
    -: "forbidden" =>
        "a scope or an admin role is missing",
        "grant it under Applications > Okta API Scopes or Admin roles";
    -: "not_found" "conflict" =>
        "no such user; the user's status does not allow the call",
        "handle the error in your code";
    -: "rate_limited" =>
        "Okta's limit for the endpoint or the token",
        "see Okta's rate limits";
    -: "unavailable" =>
        "Okta is unreachable or overloaded",
        "recovers automatically";
    -: "unreadable" =>
        "the response is not Okta's",
        "check the org URL and proxies";
    -: "too_many" =>
        "more pages than requested",
        "narrow the search";
    -: "not_set_up" =>
        "`OktaBuilder::api` was not called",
        "call it";
}
