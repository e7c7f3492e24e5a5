//! One request of one caller, and whether the status is right.

use std::sync::Arc;

use reqwest::StatusCode;

use crate::{people, tally::Outcome, world::World};

/// Callers, each with its share of a hundred.
const CALLERS: [(Caller, u64); 13] = [
    (Caller::Admin, 22),
    (Caller::Viewer, 8),
    (Caller::ViewerAsAdmin, 5),
    (Caller::Session, 24),
    (Caller::SignIn, 4),
    (Caller::SignOut, 1),
    (Caller::Expired, 6),
    (Caller::Forged, 6),
    (Caller::WrongAudience, 6),
    (Caller::UnknownKey, 5),
    (Caller::Unsigned, 4),
    (Caller::Withdrawn, 6),
    (Caller::Anonymous, 3),
];

#[derive(Clone, Copy, Debug)]
enum Caller {
    Admin,
    Viewer,
    ViewerAsAdmin,
    Session,
    SignIn,
    SignOut,
    Expired,
    Forged,
    WrongAudience,
    UnknownKey,
    Unsigned,
    Withdrawn,
    Anonymous,
}

/// Makes the request that this number selects.
pub(crate) async fn request(world: Arc<World>, number: u64) {
    let mut left = number % 100;
    for (caller, share) in CALLERS {
        if left < share {
            return caller.request(&world, number / 100).await;
        }
        left -= share;
    }
}

impl Caller {
    async fn request(self, world: &World, number: u64) {
        match self {
            Self::Viewer => valid(world, self, "/api/me").await,
            Self::Admin | Self::ViewerAsAdmin => valid(world, self, "/api/admin").await,
            Self::Session => people::use_session(world, number).await,
            Self::SignIn => people::sign_in(world).await,
            Self::SignOut => people::sign_out(world, number).await,
            Self::Withdrawn => withdrawn(world).await,
            Self::Expired
            | Self::Forged
            | Self::WrongAudience
            | Self::UnknownKey
            | Self::Unsigned
            | Self::Anonymous => invalid(world, self).await,
        }
    }

    /// Returns a token that differs from a valid one in a single point.
    fn invalid_token(self, world: &World) -> Option<String> {
        let valid = world.issuer.token().user("admin").groups(["admin"]);
        let stranger = || world.stranger.clone();
        Some(match self {
            Self::Expired => valid.expires_in(-3600).issued_ago(7200).sign(),
            Self::Forged => {
                let kid = world.issuer.active_key().kid().to_owned();
                valid.key(stranger().with_kid(kid)).sign()
            }
            Self::WrongAudience => valid.audience("api://another").sign(),
            Self::UnknownKey => valid.key(stranger().with_kid(world.made_up_kid())).sign(),
            Self::Unsigned => valid.unsigned(),
            _ => return None,
        })
    }
}

/// Sends a valid token. A rejection is right until the quickstart has fetched the token's key.
async fn valid(world: &World, caller: Caller, path: &str) {
    let before = world.keys();
    let token = match caller {
        Caller::Admin => &before.admin,
        _ => &before.viewer,
    };
    let status = get(world, path, Some(token)).await;
    let expected = match caller {
        Caller::ViewerAsAdmin => StatusCode::FORBIDDEN,
        _ => StatusCode::OK,
    };
    let outcome = if status == expected {
        world.accepted(before.epoch);
        Outcome::Right
    } else if world.keys().epoch != before.epoch {
        // The key may have been withdrawn meanwhile.
        Outcome::Raced
    } else if before.may_be_unknown(status) {
        Outcome::KeyNotFetched
    } else {
        Outcome::Wrong
    };
    world.tally().add(&format!("{caller:?}"), status, outcome);
}

/// Sends an invalid token, or none. For an unknown key, 503 is a rejection too: the key may exist.
async fn invalid(world: &World, caller: Caller) {
    let token = caller.invalid_token(world);
    let keys = world.keys();
    let status = get(world, "/api/me", token.as_deref()).await;
    let outcome = match status {
        StatusCode::UNAUTHORIZED => Outcome::Right,
        StatusCode::SERVICE_UNAVAILABLE
            if matches!(caller, Caller::UnknownKey) || !keys.is_accepted =>
        {
            Outcome::KeyNotFetched
        }
        _ => Outcome::Wrong,
    };
    world.tally().add(&format!("{caller:?}"), status, outcome);
}

/// Sends a token that was valid, and is in the quickstart's cache, until its key was withdrawn.
async fn withdrawn(world: &World) {
    let Some(token) = world.keys().withdrawn else {
        return;
    };
    let status = get(world, "/api/me", Some(&token)).await;
    let outcome = match status {
        // 503: the issuer is down, so the key may have returned.
        StatusCode::UNAUTHORIZED => Outcome::Right,
        StatusCode::SERVICE_UNAVAILABLE => Outcome::KeyNotFetched,
        _ => Outcome::Wrong,
    };
    world.tally().add("Withdrawn", status, outcome);
}

pub(crate) async fn get(world: &World, path: &str, token: Option<&str>) -> StatusCode {
    let mut request = world.client.get(world.url(path));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.expect("a response");
    let status = response.status();
    response.bytes().await.expect("a whole response");
    status
}
