//! Debian's nginx with its default settings, in front of a service with okta-tower.

use std::net::Ipv4Addr;

use axum::{Router, routing::any};
use cross_tests::{nginx::Nginx, visitor::Visitor};
use okta_tower::{Okta, Require, RouteRules, SignIn};
use okta_tower_axum::{Claims, Session};
use okta_tower_test::{Issuer, User};
use reqwest::{Client, Method, StatusCode};
use tokio::net::TcpListener;

const CALLBACK: &str = "/authorization-code/callback";

/// Serves an application in this process. Returns its address.
async fn serve(app: Router) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, app).await });
    address.to_string()
}

/// What nginx protects, and the service that it asks: for the group `admin` by rules, and for any
/// caller by an extractor behind an optional layer.
fn guarded(okta: &Okta) -> Router {
    let rules = RouteRules::new().at("/admins", Require::group("admin"));
    let admins = Router::new()
        .route("/admins", any(async || "allowed"))
        .route_layer(okta.layer().rules(rules.build().unwrap()));
    let callers = Router::new()
        .route("/callers", any(async |_: Claims| "allowed"))
        .route_layer(okta.layer().optional());
    Router::new()
        .route("/secret/{name}", any(async || "the secret"))
        .merge(admins)
        .merge(callers)
}

/// One location for each guard. `proxy_method` makes nginx ask with the method of the request, not
/// with GET.
fn asking(service: &str) -> String {
    ["admins", "callers"]
        .map(|guard| {
            format!(
                "location /secret/{guard} {{
                     auth_request /ask/{guard};
                     proxy_pass http://{service};
                 }}
                 location /ask/{guard} {{
                     internal;
                     proxy_pass http://{service}/{guard};
                     proxy_pass_request_body off;
                     proxy_set_header Content-Length \"\";
                 }}
                 location /secret/{guard}-by-method {{
                     auth_request /ask-by-method/{guard};
                     proxy_pass http://{service};
                 }}
                 location /ask-by-method/{guard} {{
                     internal;
                     proxy_method $request_method;
                     proxy_pass http://{service}/{guard};
                     proxy_pass_request_body off;
                     proxy_set_header Content-Length \"\";
                 }}"
            )
        })
        .concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn auth_request_never_reads_a_rejection_as_allowed() {
    let Some(port) = Nginx::port() else {
        return;
    };
    let issuer = Issuer::start().await;
    let okta = issuer.okta().await;
    let nginx = Nginx::start(port, &asking(&serve(guarded(&okta)).await));
    let client = Client::builder().no_proxy().build().unwrap();
    let user = issuer.token().user("ada@example.com");
    let admin = user.clone().groups(["admin"]);
    let callers = [
        (None, [401, 401]),
        (Some(user.clone().expires_in(-3600)), [401, 401]),
        (Some(user.clone().groups(["viewer"])), [403, 200]),
        (Some(admin), [200, 200]),
    ];
    let methods = [Method::GET, Method::POST, Method::PUT, Method::DELETE];
    let types = [
        "text/plain",
        "application/grpc",
        "application/grpc+proto",
        "application/grpc-web",
        "application/grpc-web-text+proto",
    ];
    for (token, expected) in callers {
        for (guard, expected) in ["admins", "callers"].into_iter().zip(expected) {
            for (method, content_type) in methods
                .iter()
                .flat_map(|method| types.map(|content_type| (method, content_type)))
            {
                for suffix in ["", "-by-method"] {
                    // gRPC-Web has its own form of an error for a POST: status 200. A proxy that
                    // asks with the method of the request must not send its content type.
                    let is_grpc_web = content_type.contains("grpc-web") && *method == Method::POST;
                    if is_grpc_web && suffix == "-by-method" {
                        continue;
                    }
                    let url = format!("{}/secret/{guard}{suffix}", nginx.origin());
                    let mut request = client.request(method.clone(), &url);
                    if let Some(token) = &token {
                        request = request.bearer_auth(token.sign());
                    }
                    let answer = request.header("content-type", content_type).send().await;
                    let answer = answer.unwrap();
                    let status = answer.status().as_u16();
                    let case = format!("{method} {content_type} {guard}{suffix} {token:?}");
                    assert_eq!(status, expected, "{case}");
                    let is_shown = answer.text().await.unwrap().contains("the secret");
                    assert_eq!(is_shown, expected == 200, "{case}");
                }
            }
        }
    }
}

/// Pages for users with a session, and sign-in.
fn pages(okta: &Okta) -> Router {
    let name = async |session: Session| session.name().unwrap_or_default().to_owned();
    Router::new()
        .route("/dashboard", any(name))
        .route_layer(okta.layer())
        .layer(okta.sign_in_layer())
}

/// Signs a user with so many groups of 25 characters in, through nginx. Returns the last status,
/// and the last page.
async fn sign_in(port: u16, groups: u32, set: fn(SignIn) -> SignIn) -> (StatusCode, String) {
    let groups = (0..groups).map(|number| format!("engineering-group-{number:07}"));
    let ada = User::new("ada.lovelace@example.com")
        .name("Ada Lovelace")
        .groups(groups);
    let issuer = Issuer::builder().user(ada).start().await.unwrap();
    issuer.sign_in_automatically_as("ada.lovelace");
    let sign_in = SignIn::new()
        .redirect_uri(format!("http://localhost:{port}{CALLBACK}"))
        .offline_access();
    let okta = issuer.okta_builder().sign_in(set(sign_in)).start().await;
    let service = serve(pages(&okta.unwrap())).await;
    let locations = format!(
        "location / {{
             proxy_pass http://{service};
             proxy_set_header Host $host;
         }}"
    );
    let nginx = Nginx::start(port, &locations);
    let page = Visitor::new()
        .open(&format!("{}/dashboard", nginx.origin()))
        .await;
    (page.status, page.text)
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_with_thirty_groups_passes_default_buffers() {
    let Some(port) = Nginx::port() else {
        return;
    };
    let page = sign_in(port, 30, |sign_in| sign_in).await;
    assert_eq!(page, (StatusCode::OK, "Ada Lovelace".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn session_beyond_default_buffers_is_502() {
    let Some(port) = Nginx::port() else {
        return;
    };
    let (status, _) = sign_in(port, 80, SignIn::keep_access_token).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_works_behind_a_stripped_prefix() {
    let Some(port) = Nginx::port() else {
        return;
    };
    let issuer = Issuer::start().await;
    issuer.sign_in_automatically_as("admin");
    let sign_in = SignIn::new()
        .redirect_uri(format!("http://localhost:{port}/shop{CALLBACK}"))
        .public_prefix("/shop");
    let okta = issuer.okta_builder().sign_in(sign_in).start().await;
    let service = serve(pages(&okta.unwrap())).await;
    // The slash at the end of the address makes nginx remove the prefix.
    let locations = format!(
        "location /shop/ {{
             proxy_pass http://{service}/;
             proxy_set_header Host $host;
         }}"
    );
    let nginx = Nginx::start(port, &locations);
    let url = format!("{}/shop/dashboard?x=1", nginx.origin());
    let visitor = Visitor::new();
    let page = visitor.open(&url).await;
    assert_eq!((page.status, page.url.as_str()), (StatusCode::OK, &*url));
    assert_eq!(page.text, "Alma Admin");

    let logout = format!("{}/shop/logout", nginx.origin());
    let out = visitor.ask(Method::POST, &logout).await.unwrap();
    assert!(out.status.is_success(), "{out:?}");
    let again = visitor.ask(Method::GET, &url).await.unwrap();
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
}
