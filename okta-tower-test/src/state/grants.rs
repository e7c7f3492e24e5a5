//! Grants, and the codes and tokens that belong to them. The time is always an argument.

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::clients::Rotation;
use crate::{bounded::Bounded, random::random_id};

/// The largest number of entries of each kind that is remembered.
const MAX_ENTRIES: usize = 20_000;

/// How long a code is valid.
const CODE_LIFETIME: Duration = Duration::from_secs(300);

/// How long an unused refresh token is valid: Okta's default for custom authorization servers.
const REFRESH_IDLE: Duration = Duration::from_secs(7 * 24 * 3600);

pub(crate) const AUTHORIZATION_CODE: &str = "authorization_code";
pub(crate) const REFRESH_TOKEN: &str = "refresh_token";
pub(crate) const CLIENT_CREDENTIALS: &str = "client_credentials";

/// The grant types that `/v1/token` supports.
pub(crate) const GRANT_TYPES: [&str; 3] = [AUTHORIZATION_CODE, REFRESH_TOKEN, CLIENT_CREDENTIALS];

pub(crate) const BAD_CODE: &str = "The authorization code is invalid or has expired.";
pub(crate) const BAD_REFRESH_TOKEN: &str = "The refresh token is invalid or expired.";

/// One sign-in of one user at one client. Revoking the grant revokes everything issued for it.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) login: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) auth_time: SystemTime,
    pub(crate) acr: Option<String>,
    pub(crate) idp: Option<String>,
    /// The browser session in which the user signed in.
    pub(crate) browser: Option<String>,
    pub(crate) is_revoked: bool,
}

#[derive(Debug)]
struct Code {
    grant: String,
    redirect_uri: String,
    challenge: Option<String>,
    expires: SystemTime,
    is_used: bool,
}

#[derive(Debug)]
struct Refresh {
    grant: String,
    used: SystemTime,
    /// When the token was first exchanged for a new one.
    rotated: Option<SystemTime>,
}

/// An access token.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// The grant, or `None` for client credentials.
    pub(crate) grant: Option<String>,
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) expires: SystemTime,
    pub(crate) is_revoked: bool,
}

/// An ID token.
#[derive(Clone, Debug)]
pub(crate) struct Id {
    pub(crate) grant: String,
    pub(crate) claims: Map<String, Value>,
    pub(crate) expires: SystemTime,
}

#[derive(Debug)]
pub(crate) struct Grants {
    grants: Bounded<Grant>,
    codes: Bounded<Code>,
    refreshes: Bounded<Refresh>,
    accesses: Bounded<Access>,
    ids: Bounded<Id>,
}

impl Grants {
    pub(crate) fn new() -> Self {
        Self {
            grants: Bounded::new(MAX_ENTRIES),
            codes: Bounded::new(MAX_ENTRIES),
            refreshes: Bounded::new(MAX_ENTRIES),
            accesses: Bounded::new(MAX_ENTRIES),
            ids: Bounded::new(MAX_ENTRIES),
        }
    }

    /// Stores a grant and returns its code.
    pub(crate) fn begin(
        &mut self,
        grant: Grant,
        redirect_uri: &str,
        challenge: Option<String>,
        now: SystemTime,
    ) -> String {
        let (id, code) = (random_id(16), random_id(32));
        self.grants.insert(id.clone(), grant);
        let entry = Code {
            grant: id,
            redirect_uri: redirect_uri.to_owned(),
            challenge,
            expires: now + CODE_LIFETIME,
            is_used: false,
        };
        self.codes.insert(code.clone(), entry);
        code
    }

    /// Uses a code up and returns the ID of its grant.
    ///
    /// A code that is used twice was stolen, so its grant is revoked (RFC 6749 section 4.1.2).
    ///
    /// # Errors
    ///
    /// Returns the description of the first check that fails.
    pub(crate) fn redeem(
        &mut self,
        code: &str,
        client_id: &str,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
        now: SystemTime,
    ) -> Result<String, &'static str> {
        let entry = self.codes.get_mut(code).ok_or(BAD_CODE)?;
        let grant = self.grants.get_mut(&entry.grant).ok_or(BAD_CODE)?;
        if grant.client_id != client_id {
            return Err(BAD_CODE);
        }
        if std::mem::replace(&mut entry.is_used, true) {
            grant.is_revoked = true;
            return Err(BAD_CODE);
        }
        if entry.expires <= now || grant.is_revoked {
            return Err(BAD_CODE);
        }
        if redirect_uri != Some(&entry.redirect_uri) {
            return Err(
                "The 'redirect_uri' does not match the redirection URI used in the \
                 authorization request.",
            );
        }
        match (&entry.challenge, verifier) {
            (None, None) => {}
            (Some(challenge), Some(verifier)) if *challenge == hash(verifier) => {}
            _ => return Err("PKCE verification failed."),
        }
        Ok(entry.grant.clone())
    }

    pub(crate) fn new_refresh_token(&mut self, grant: &str, now: SystemTime) -> String {
        let token = random_id(32);
        let entry = Refresh {
            grant: grant.to_owned(),
            used: now,
            rotated: None,
        };
        self.refreshes.insert(token.clone(), entry);
        token
    }

    /// Returns the ID of the grant of a refresh token.
    ///
    /// Using a rotated token after its grace period revokes the grant.
    ///
    /// # Errors
    ///
    /// Returns a description if the token is unknown, expired, revoked or of another client.
    pub(crate) fn check_refresh_token(
        &mut self,
        token: &str,
        client_id: &str,
        rotation: Rotation,
        now: SystemTime,
    ) -> Result<String, &'static str> {
        let entry = self.refreshes.get(token).ok_or(BAD_REFRESH_TOKEN)?;
        let grant = self.grants.get_mut(&entry.grant).ok_or(BAD_REFRESH_TOKEN)?;
        if grant.client_id != client_id || grant.is_revoked || entry.used + REFRESH_IDLE <= now {
            return Err(BAD_REFRESH_TOKEN);
        }
        if let (Rotation::Rotate { grace }, Some(rotated)) = (rotation, entry.rotated)
            && rotated + grace < now
        {
            grant.is_revoked = true;
            return Err(BAD_REFRESH_TOKEN);
        }
        Ok(entry.grant.clone())
    }

    /// Uses a checked refresh token and returns the token to use next.
    pub(crate) fn rotate(&mut self, token: &str, rotation: Rotation, now: SystemTime) -> String {
        let Some(entry) = self.refreshes.get_mut(token) else {
            return token.to_owned();
        };
        match rotation {
            Rotation::Static => {
                entry.used = now;
                token.to_owned()
            }
            Rotation::Rotate { .. } => {
                entry.rotated.get_or_insert(now);
                let grant = entry.grant.clone();
                self.new_refresh_token(&grant, now)
            }
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Grant> {
        self.grants.get(id)
    }

    pub(crate) fn note_access_token(&mut self, token: &str, access: Access) {
        self.accesses.insert(hash(token), access);
    }

    pub(crate) fn note_id_token(&mut self, token: &str, id: Id) {
        self.ids.insert(hash(token), id);
    }

    /// Returns an access token if it is valid now.
    pub(crate) fn access(&self, token: &str, now: SystemTime) -> Option<&Access> {
        let access = self.accesses.get(&hash(token))?;
        let revoked = match &access.grant {
            Some(id) => self.grants.get(id).is_none_or(|grant| grant.is_revoked),
            None => false,
        };
        (!access.is_revoked && !revoked && now < access.expires).then_some(access)
    }

    /// Returns an ID token that was issued here and its grant, even if the token has expired.
    pub(crate) fn id_token(&self, token: &str) -> Option<(&Id, &Grant)> {
        let id = self.ids.get(&hash(token))?;
        Some((id, self.grants.get(&id.grant)?))
    }

    /// Returns when a refresh token expires, and its grant, if the token is valid now.
    ///
    /// Changes nothing.
    pub(crate) fn refresh(
        &self,
        token: &str,
        rotation: impl FnOnce(&str) -> Rotation,
        now: SystemTime,
    ) -> Option<(SystemTime, &Grant)> {
        let entry = self.refreshes.get(token)?;
        let grant = self.grants.get(&entry.grant)?;
        let ends = match (rotation(&grant.client_id), entry.rotated) {
            // The grace period includes its last moment.
            (Rotation::Rotate { grace }, Some(rotated)) if rotated + grace < now => return None,
            _ => entry.used + REFRESH_IDLE,
        };
        (!grant.is_revoked && now < ends).then_some((ends, grant))
    }

    /// Revokes a token of this client (RFC 7009 section 2.1).
    ///
    /// A refresh token is revoked with its grant, an access token alone. Other text has no effect.
    pub(crate) fn revoke(&mut self, token: &str, client_id: &str) {
        if let Some(entry) = self.refreshes.get(token) {
            let grant = self.grants.get_mut(&entry.grant);
            if let Some(grant) = grant.filter(|grant| grant.client_id == client_id) {
                grant.is_revoked = true;
            }
        } else if let Some(access) = self.accesses.get_mut(&hash(token))
            && access.client_id == client_id
        {
            access.is_revoked = true;
        }
    }

    /// Revokes every grant of this user.
    pub(crate) fn revoke_all_of(&mut self, login: &str) {
        for grant in self.grants.values_mut() {
            if grant.login == login {
                grant.is_revoked = true;
            }
        }
    }
}

/// Returns SHA-256 as base64url: the S256 method of PKCE (RFC 7636 section 4.2), and the index of
/// stored tokens.
fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenge_matches_rfc_7636() {
        assert_eq!(
            hash("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
