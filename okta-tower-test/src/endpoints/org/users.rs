//! Users: get, list and create.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    accounts,
    expression::Expression,
    lookup::with_user,
    objects::{self, group_id},
    paging,
    refusal::Refusal,
};
use crate::{
    incoming::IncomingRequest,
    random::random_id,
    response::{self, Response},
    state::{
        IssuerState,
        mail::{Mail, MailKind},
        users::{ACTIVE, User},
    },
};

pub(super) fn get(
    state: &IssuerState,
    incoming: &IncomingRequest,
    path: &str,
) -> Result<Response, Refusal> {
    let origin = &state.config.origin;
    let object = with_user(state, path, |user| {
        Ok(objects::user(user, origin, incoming))
    })?;
    Ok(response::json(StatusCode::OK, &object))
}

/// Lists the users that match `search` or `filter`.
///
/// Both parameters see every change at once; at Okta, `search` lags behind. Without a parameter,
/// deactivated users are omitted.
pub(super) fn list(state: &IssuerState, incoming: &IncomingRequest) -> Result<Response, Refusal> {
    let origin = &state.config.origin;
    let text = incoming
        .query
        .get("search")
        .or(incoming.query.get("filter"));
    let wanted = text.map(Expression::parse).transpose().map_err(|()| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "E0000031",
            "Invalid search criteria.",
        )
    })?;
    let users: Vec<Value> = {
        let sign_in = state.sign_in();
        let users = sign_in.users.iter().filter(|user| match &wanted {
            Some(wanted) => {
                let whole = json!({
                    "id": user.uid,
                    "status": user.status,
                    "profile": objects::profile(user),
                });
                wanted.holds_for(&whole)
            }
            None => user.status != "DEPROVISIONED",
        });
        users
            .map(|user| objects::user(user, origin, incoming))
            .collect()
    };
    paging::page(users, &format!("{origin}/api/v1/users"), incoming)
}

pub(super) fn create(state: &IssuerState, incoming: &IncomingRequest) -> Result<Response, Refusal> {
    let profile = incoming.json["profile"].as_object();
    let profile = profile
        .ok_or_else(|| Refusal::invalid("profile", "profile: The field cannot be left blank"))?;
    let text = |name: &str| profile.get(name).and_then(Value::as_str);
    let (Some(login), Some(email)) = (text("login"), text("email")) else {
        return Err(Refusal::invalid(
            "login",
            "login: The field cannot be left blank",
        ));
    };
    let [first, last] = ["firstName", "lastName"].map(|name| text(name).unwrap_or_default());
    let mut user = User::new(login)
        .email(email)
        .name(format!("{first} {last}").trim());
    for (name, value) in profile {
        if !["login", "email", "firstName", "lastName"].contains(&name.as_str()) {
            user = user.attribute(name, value.clone());
        }
    }
    let password = &incoming.json["credentials"]["password"]["value"];
    let is_active = incoming.query.get("activate") != Some("false");
    user = user.status(match (is_active, password.as_str()) {
        (false, _) => "STAGED",
        (true, Some(_)) => ACTIVE,
        (true, None) => "PROVISIONED",
    });
    user = user.password(
        password
            .as_str()
            .map_or_else(|| random_id(16), str::to_owned),
    );
    let mut sign_in = state.sign_in();
    if sign_in.users.iter().any(|known| known.login == login) {
        return Err(Refusal::invalid(
            "login",
            "login: An object with this field already exists in the current organization",
        ));
    }
    let known: Vec<String> = sign_in
        .users
        .iter()
        .flat_map(|user| user.groups.clone())
        .collect();
    let mut groups = vec!["Everyone".to_owned()];
    for id in incoming.json["groupIds"].as_array().into_iter().flatten() {
        let id = id.as_str().unwrap_or_default();
        let name = known.iter().find(|name| group_id(name) == id);
        groups.push(
            name.ok_or_else(|| Refusal::not_found(id, "UserGroup"))?
                .clone(),
        );
    }
    let user = user.groups(groups);
    let created = objects::user(&user, &state.config.origin, incoming);
    if user.status == "PROVISIONED" {
        let mail = Mail {
            to: user.email.clone(),
            kind: MailKind::Activation,
            link: accounts::link(state, "welcome"),
        };
        sign_in.org.mails.send(mail);
    }
    sign_in.users.add(user);
    Ok(response::json(StatusCode::OK, &created))
}
