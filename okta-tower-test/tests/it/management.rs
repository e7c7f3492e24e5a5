//! The management API, as in Okta's reference.

use okta_tower_test::{Client, Endpoint, Fault, Issuer, Key, User};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::world::json_of;

const TOKEN: &str = "00tTestToken";

struct Org {
    issuer: Issuer,
    http: reqwest::Client,
}

impl Org {
    async fn start() -> Self {
        let issuer = Issuer::builder().api_token(TOKEN);
        let ada = User::new("ada@example.com").attribute("department", "maths");
        Self {
            issuer: issuer.user(ada).start().await.unwrap(),
            http: reqwest::Client::new(),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/v1/users{path}", self.issuer.org_url());
        let request = self.http.request(method, url);
        request.header("authorization", format!("SSWS {TOKEN}"))
    }

    async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> Response {
        let request = self.request(Method::POST, path);
        let request = request.header("content-type", "application/json");
        request.body(body.to_string()).send().await.unwrap()
    }
}

async fn code(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let error = json_of(response).await;
    for member in ["errorSummary", "errorLink", "errorId"] {
        assert!(error[member].is_string(), "{error}");
    }
    assert!(error["errorCauses"].is_array(), "{error}");
    (status, error["errorCode"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn user_object_has_okta_members() {
    let org = Org::start().await;
    let response = org.get("/ada%40example.com").await;
    for header in [
        "x-rate-limit-limit",
        "x-rate-limit-remaining",
        "x-rate-limit-reset",
        "date",
    ] {
        assert!(response.headers().contains_key(header), "{header}");
    }
    let ada = json_of(response).await;
    assert_eq!(ada["id"], User::new("ada@example.com").uid());
    assert_eq!(ada["status"], "ACTIVE");
    assert_eq!(ada["profile"]["login"], "ada@example.com");
    assert_eq!(ada["profile"]["department"], "maths");
    assert_eq!(ada["profile"]["mobilePhone"], Value::Null);
    assert!(ada["credentials"].is_object());
    let groups = json_of(org.get("/admin/groups").await).await;
    assert_eq!(groups[1]["profile"]["name"], "admin");
    assert_eq!(groups[1]["id"], org.issuer.group_id("admin"));
    assert_eq!(code(org.get("/eve").await).await, (404, "E0000007".into()));
}

#[tokio::test]
async fn lists_are_paged_with_links() {
    let org = Org::start().await;
    let response = org.get("?limit=3").await;
    let headers = response.headers().clone();
    let links: Vec<_> = headers.get_all("link").iter().collect();
    assert_eq!(links.len(), 2);
    let next = links[1].to_str().unwrap();
    let url = next
        .strip_prefix('<')
        .unwrap()
        .strip_suffix(">; rel=\"next\"")
        .unwrap();
    assert!(url.starts_with(org.issuer.org_url()), "{url}");
    assert_eq!(json_of(response).await.as_array().unwrap().len(), 3);
    let request = org
        .http
        .get(url)
        .header("authorization", format!("SSWS {TOKEN}"));
    let response = request.send().await.unwrap();
    assert_eq!(response.headers().get_all("link").iter().count(), 1);
    assert_eq!(json_of(response).await.as_array().unwrap().len(), 1);
    for query in ["?limit=0", "?limit=201", "?limit=x", "?after=x"] {
        assert_eq!(
            code(org.get(query).await).await,
            (400, "E0000001".into()),
            "{query}"
        );
    }
    let refused = org.get("?search=login").await;
    assert_eq!(code(refused).await, (400, "E0000031".into()));
}

#[tokio::test]
async fn missing_or_invalid_api_token_is_rejected() {
    let org = Org::start().await;
    let url = format!("{}/api/v1/users/ada", org.issuer.org_url());
    let with = async |field: &str| {
        let request = org.http.get(&url).header("authorization", field);
        request.send().await.unwrap().status()
    };
    let bare = org.http.get(&url).send().await.unwrap();
    assert_eq!(code(bare).await, (403, "E0000005".into()));
    for field in ["SSWS other", "Bearer 00tTestToken", "Basic x"] {
        assert_eq!(with(field).await, StatusCode::UNAUTHORIZED, "{field}");
    }
    // An application's access token is not valid for Okta's API.
    let token = org.issuer.token().scopes(["okta.users.read"]).sign();
    assert_eq!(
        with(&format!("Bearer {token}")).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(with("SSWS 00tTestToken").await, StatusCode::OK);
    org.issuer.revoke_api_tokens();
    assert_eq!(with("SSWS 00tTestToken").await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn org_token_requires_private_key_jwt() {
    let org = Org::start().await;
    org.issuer
        .register(Client::with_secret("0oaSecret", "s3cr3t"));
    let url = format!("{}/oauth2/v1/token", org.issuer.org_url());
    let form = "grant_type=client_credentials&scope=okta.users.read";
    let request = org.http.post(url).basic_auth("0oaSecret", Some("s3cr3t"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let refused = request.body(form).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(json_of(refused).await["error"], "invalid_client");
    // The tests of `okta-tower` request org tokens with a key.
    let _ = Client::with_key("0oaKey", &Key::generate(okta_tower::Algorithm::Es256));
}

#[tokio::test]
async fn created_user_can_sign_in_until_deactivated() {
    let org = Org::start().await;
    let grace = json!({
        "profile": {
            "login": "grace@example.com",
            "email": "g@example.com",
            "firstName": "Grace",
            "lastName": "Hopper",
        },
        "credentials": { "password": { "value": "Nanosecond9" } },
    });
    let created = json_of(org.post("?activate=true", &grace).await).await;
    assert_eq!(created["status"], "ACTIVE");
    assert_eq!(
        org.issuer.user("grace").unwrap().uid(),
        created["id"].as_str().unwrap()
    );
    org.issuer.sign_in_automatically_as("grace");
    assert_eq!(
        code(org.post("", &grace).await).await,
        (400, "E0000001".into())
    );
    for bad in [json!({}), json!({ "profile": { "login": "x" } })] {
        assert_eq!(
            code(org.post("", &bad).await).await,
            (400, "E0000001".into())
        );
    }
    let elsewhere = json!({
        "profile": { "login": "x@example.com", "email": "x@example.com" }, "groupIds": ["00gNone"],
    });
    assert_eq!(
        code(org.post("", &elsewhere).await).await,
        (404, "E0000007".into())
    );

    let done = org.post("/grace/lifecycle/deactivate", &json!({})).await;
    assert_eq!(done.status(), StatusCode::OK);
    let again = org.post("/grace/lifecycle/deactivate", &json!({})).await;
    assert_eq!(code(again).await, (403, "E0000038".into()));
    let listed = json_of(org.get("").await).await;
    let listed = listed.as_array().unwrap().iter();
    assert!(
        listed
            .map(|user| &user["profile"]["login"])
            .all(|login| login != "grace@example.com")
    );
}

#[tokio::test]
async fn post_without_length_is_rejected() {
    let org = Org::start().await;
    let request = || {
        org.request(
            Method::POST,
            "/ada/lifecycle/reset_password?sendEmail=false",
        )
    };
    assert_eq!(
        request().send().await.unwrap().status(),
        StatusCode::LENGTH_REQUIRED
    );
    let response = request()
        .header("content-length", "0")
        .send()
        .await
        .unwrap();
    let link = json_of(response).await;
    assert!(link["resetPasswordUrl"].is_string(), "{link}");
    assert_eq!(json_of(org.get("/ada").await).await["status"], "RECOVERY");
}

#[tokio::test]
async fn management_api_supports_rate_limit_and_next_link_faults() {
    let org = Org::start().await;
    let limit = std::time::Duration::from_secs(7);
    org.issuer
        .fault_next(Endpoint::User, Fault::RateLimited(limit));
    let limited = org.get("/ada").await;
    let reset: u64 = limited.headers()["x-rate-limit-reset"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let date = httpdate::parse_http_date(limited.headers()["date"].to_str().unwrap()).unwrap();
    let date = date
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    assert!((6..=8).contains(&(reset - date)), "{reset} {date}");
    assert_eq!(code(limited).await, (429, "E0000047".into()));

    org.issuer.fault_next(
        Endpoint::Users,
        Fault::NextLink("https://evil.example/".into()),
    );
    let astray = org.get("").await;
    assert_eq!(
        astray.headers()["link"],
        "<https://evil.example/>; rel=\"next\""
    );
    assert_eq!(json_of(astray).await.as_array().unwrap().len(), 4);
}
