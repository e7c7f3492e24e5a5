//! People: one, many, and new ones.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    Refusal,
    expression::Expression,
    mail::{Mail, MailKind},
    paging,
    person::{self, group_id},
    with_user,
};
use crate::{
    answer::{self, Answer},
    incoming::Asked,
    key::random_id,
    shared::Shared,
    sign_in::{ACTIVE, User},
};

pub(super) fn get(shared: &Shared, asked: &Asked, path: &str) -> Result<Answer, Refusal> {
    let origin = &shared.nature.origin;
    let person = with_user(shared, path, |user| Ok(person::json(user, origin, asked)))?;
    Ok(answer::json(StatusCode::OK, &person))
}

/// `search` and `filter` are the same here; at Okta a search lags behind. Without either, those who were deactivated are left
/// out.
pub(super) fn list(shared: &Shared, asked: &Asked) -> Result<Answer, Refusal> {
    let origin = &shared.nature.origin;
    let text = asked.query.get("search").or(asked.query.get("filter"));
    let wanted = text.map(Expression::parse).transpose().map_err(|()| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "E0000031",
            "Invalid search criteria.",
        )
    })?;
    let people: Vec<Value> = {
        let state = shared.sign_in();
        let people = state.users.iter().filter(|user| match &wanted {
            Some(wanted) => {
                let whole = json!({
                    "id": user.uid,
                    "status": user.status,
                    "profile": person::profile(user),
                });
                wanted.holds_for(&whole)
            }
            None => user.status != "DEPROVISIONED",
        });
        people
            .map(|user| person::json(user, origin, asked))
            .collect()
    };
    paging::page(people, &format!("{origin}/api/v1/users"), asked)
}

pub(super) fn create(shared: &Shared, asked: &Asked) -> Result<Answer, Refusal> {
    let profile = asked.json["profile"].as_object();
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
    let password = &asked.json["credentials"]["password"]["value"];
    let is_active = asked.query.get("activate") != Some("false");
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
    let mut state = shared.sign_in();
    if state.users.iter().any(|known| known.login == login) {
        return Err(Refusal::invalid(
            "login",
            "login: An object with this field already exists in the current organization",
        ));
    }
    let known: Vec<String> = state
        .users
        .iter()
        .flat_map(|user| user.groups.clone())
        .collect();
    let mut groups = vec!["Everyone".to_owned()];
    for id in asked.json["groupIds"].as_array().into_iter().flatten() {
        let id = id.as_str().unwrap_or_default();
        let name = known.iter().find(|name| group_id(name) == id);
        groups.push(
            name.ok_or_else(|| Refusal::not_found(id, "UserGroup"))?
                .clone(),
        );
    }
    let user = user.groups(groups);
    let created = person::json(&user, &shared.nature.origin, asked);
    if user.status == "PROVISIONED" {
        let mail = Mail {
            to: user.email.clone(),
            kind: MailKind::Activation,
            link: super::accounts::link(shared, "welcome"),
        };
        state.org.mails.send(mail);
    }
    state.users.add(user);
    Ok(answer::json(StatusCode::OK, &created))
}
