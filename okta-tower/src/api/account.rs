//! Calls for one user's account.

use http::Method;

use super::{
    client::{Call, Client},
    error::ApiError,
    segment,
    user::User,
};

/// Returns a call for `/api/v1/users/{id}` and the path below it.
pub(super) fn call(
    name: &'static str,
    method: Method,
    client: &Client,
    id: &str,
    below: &str,
) -> Result<Call, ApiError> {
    let segment = segment::user(id)?;
    Ok(Call {
        name,
        method,
        url: client.url(&format!("/api/v1/users/{segment}{below}")),
        body: None,
    })
}

/// Requests one user.
pub(super) async fn get(client: &Client, id: &str) -> Result<User, ApiError> {
    client
        .json(&call("get_user", Method::GET, client, id, "")?)
        .await
}
