//! Shared parts of this crate's tests: a certified provider and a second one, an application that
//! signs users in there, a real browser, and a clock that tests can advance.

pub mod application;
pub mod attempts;
pub mod browser;
pub mod clock;
pub mod nginx;
pub mod process;
pub mod provider;
pub mod redis;
pub mod round_robin;
pub mod second_provider;
pub mod tools;
pub mod visitor;

/// The code in the README and in `docs/`: it compiles and passes, or the tests fail.
#[cfg(doctest)]
mod docs {
    macro_rules! pages {
        ($($page:ident: $file:literal;)+) => {
            $(#[doc = include_str!(concat!("../../", $file))] mod $page {})+
        };
    }

    pages! {
        readme: "README.md";
        axum: "docs/axum.md";
        configuration: "docs/configuration.md";
        custom_claims: "docs/custom-claims.md";
        deployment: "docs/deployment.md";
        errors_and_responses: "docs/errors-and-responses.md";
        getting_started: "docs/getting-started.md";
        migrating: "docs/migrating.md";
        observability: "docs/observability.md";
        okta_org_setup: "docs/okta-org-setup.md";
        performance: "docs/performance.md";
        recipe_aws_lambda: "docs/recipes/aws-lambda.md";
        recipe_downstream_calls: "docs/recipes/downstream-calls.md";
        recipe_error_body: "docs/recipes/error-body.md";
        recipe_layer_order: "docs/recipes/layer-order.md";
        recipe_one_route: "docs/recipes/one-route.md";
        recipe_opentelemetry: "docs/recipes/opentelemetry.md";
        recipe_openapi: "docs/recipes/openapi.md";
        recipe_rate_limits: "docs/recipes/rate-limits.md";
        recipe_server_sent_events: "docs/recipes/server-sent-events.md";
        recipe_several_issuers: "docs/recipes/several-issuers.md";
        recipe_static_files: "docs/recipes/static-files.md";
        recipe_streams: "docs/recipes/streams.md";
        recipe_user_id_in_spans: "docs/recipes/user-id-in-spans.md";
        recipe_users_api: "docs/recipes/users-api.md";
        recipe_websockets: "docs/recipes/websockets.md";
        recipe_without_the_layer: "docs/recipes/without-the-layer.md";
        recipe_your_own_guard: "docs/recipes/your-own-guard.md";
        rules_and_guards: "docs/rules-and-guards.md";
        security_model: "docs/security-model.md";
        sessions_and_stores: "docs/sessions-and-stores.md";
        sign_in: "docs/sign-in.md";
        support_page: "docs/support-page.md";
        testing: "docs/testing.md";
        tonic: "docs/tonic.md";
        troubleshooting: "docs/troubleshooting.md";
        warp_and_hyper: "docs/warp-and-hyper.md";
    }
}
