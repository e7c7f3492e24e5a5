//! What was granted when somebody signed in, and the codes and tokens that it stands behind. Pure: the time is an
//! argument.

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::clients::Rotation;
use crate::{bounded::Bounded, random::random_id};

/// As many of each kind as are remembered.
const MOST: usize = 20_000;

/// How long a code is good for.
const CODE_LIFETIME: Duration = Duration::from_secs(300);

/// How long a refresh token is good for when nobody uses it: Okta's default for custom authorization servers.
const REFRESH_IDLE: Duration = Duration::from_secs(7 * 24 * 3600);

pub(crate) const AUTHORIZATION_CODE: &str = "authorization_code";
pub(crate) const REFRESH_TOKEN: &str = "refresh_token";
pub(crate) const CLIENT_CREDENTIALS: &str = "client_credentials";

/// The grant types that `/v1/token` supports.
pub(crate) const GRANT_TYPES: [&str; 3] = [AUTHORIZATION_CODE, REFRESH_TOKEN, CLIENT_CREDENTIALS];

pub(crate) const BAD_CODE: &str = "The authorization code is invalid or has expired.";
pub(crate) const BAD_REFRESH_TOKEN: &str = "The refresh token is invalid or expired.";

/// One sign-in of one person at one client. Everything that is issued for it dies with it.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) login: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) auth_time: SystemTime,
    pub(crate) acr: Option<String>,
    pub(crate) idp: Option<String>,
    /// The browser session that it was made in.
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
    /// When it was first exchanged for another one.
    rotated: Option<SystemTime>,
}

/// An access token.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// `None` for one that a client got for itself.
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
            grants: Bounded::new(MOST),
            codes: Bounded::new(MOST),
            refreshes: Bounded::new(MOST),
            accesses: Bounded::new(MOST),
            ids: Bounded::new(MOST),
        }
    }

    /// The code for what has just been granted.
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

    /// The id of the grant behind a code, which is used up by this, or what is wrong. A code that is used twice was
    /// stolen: everything that came of it is revoked (RFC 6749 section 4.1.2).
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
                "The 'redirect_uri' does not match the redirection URI used in the authorization request.",
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

    /// The id of the grant behind a refresh token, or what is wrong: unknown, another client's, too old, or used again
    /// after its grace period, which revokes the grant.
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

    /// Uses a refresh token that has been checked, and returns the one to use from now on.
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

    /// An access token that is good at this moment.
    pub(crate) fn access(&self, token: &str, now: SystemTime) -> Option<&Access> {
        let access = self.accesses.get(&hash(token))?;
        let revoked = match &access.grant {
            Some(id) => self.grants.get(id).is_none_or(|grant| grant.is_revoked),
            None => false,
        };
        (!access.is_revoked && !revoked && now < access.expires).then_some(access)
    }

    /// An ID token that was issued here, whether or not it has expired since.
    pub(crate) fn id_token(&self, token: &str) -> Option<(&Id, &Grant)> {
        let id = self.ids.get(&hash(token))?;
        Some((id, self.grants.get(&id.grant)?))
    }

    /// A refresh token that could be used at this moment, and when it ends unless it is. Asking uses nothing up and
    /// revokes nothing.
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

    /// Revokes a token of this client: a refresh token with everything that was issued beside it, an access token alone
    /// (RFC 7009 section 2.1). Does nothing for any other text.
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

    /// Revokes everything that this person was ever granted.
    pub(crate) fn revoke_all_of(&mut self, login: &str) {
        for grant in self.grants.values_mut() {
            if grant.login == login {
                grant.is_revoked = true;
            }
        }
    }
}

/// Base64url of SHA-256: what PKCE calls S256 (RFC 7636 section 4.2), and what tokens are filed under.
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
