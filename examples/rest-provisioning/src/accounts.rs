//! What the public forms ask of Okta: a new account, its first mail again, a new password. Nobody waits for it.
//!
//! Whoever filled in a form is answered before anything is asked. So neither the answer nor how long it takes says whether
//! there is such an account. Okta writes the mails; no link in them comes this way.

use std::{
    mem::{self, Discriminant},
    sync::Arc,
    time::{Duration, Instant},
};

use okta_tower::{
    Okta,
    api::{ApiError, ApiErrorKind, NewUser, User, UserStatus, Users},
};
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    time::sleep,
};

use crate::limit::Limit;

/// As many wait at once. Whoever comes then is told to come again.
const MOST_WAITING: usize = 256;
/// As often something is tried that Okta's rate limit has refused. Where Okta did not answer it may have been done, and a second
/// attempt may be a second mail, so there is no third.
const MOST_ATTEMPTS: u32 = 5;
/// The longest that one wish keeps the others waiting before it is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Mails of a kind to one address. More are dropped, and nobody is told: it would say that there were some.
const MAILS: u32 = 3;
/// Mails to all: enough for a busy day, and an end for whoever writes to the whole world through us.
const MAILS_TO_ALL: u32 = 500;
const MAILS_EVERY: Duration = Duration::from_secs(60 * 60);

/// What somebody asks for. The address is theirs only if they get the mail.
#[derive(Clone)]
pub(crate) enum Wish {
    Register {
        email: String,
        first_name: String,
        last_name: String,
    },
    FirstMailAgain {
        email: String,
    },
    NewPassword {
        email: String,
    },
}

impl Wish {
    /// Whom its mail counts for. Of an address that has a tag (`ada+news@example.com`) what is before it: both are one mailbox.
    fn mailbox(&self) -> (Discriminant<Self>, String) {
        let (Self::Register { email, .. }
        | Self::FirstMailAgain { email }
        | Self::NewPassword { email }) = self;
        let email = email.to_lowercase();
        let mailbox = match email.split_once('@') {
            Some((name, host)) => {
                let name = name.split('+').next().unwrap_or_default();
                format!("{name}@{host}")
            }
            None => email,
        };
        // Who wears out one form with somebody's address leaves them the others.
        (mem::discriminant(self), mailbox)
    }
}

/// Too many wishes are waiting.
#[derive(Debug)]
pub(crate) struct Busy;

/// Where wishes go.
#[derive(Clone)]
pub(crate) struct Accounts {
    wishes: Sender<Wish>,
    mails: Arc<Limit>,
    mails_to_all: Arc<Limit>,
}

impl Accounts {
    /// Begins to fulfil wishes, one after the other, until all clones are gone.
    pub(crate) fn start(okta: &Okta) -> Self {
        let (wishes, waiting) = channel(MOST_WAITING);
        tokio::spawn(fulfil_all(okta.api().users(), waiting));
        Self {
            wishes,
            mails: Arc::new(Limit::new(MAILS, MAILS_EVERY)),
            mails_to_all: Arc::new(Limit::new(MAILS_TO_ALL, MAILS_EVERY)),
        }
    }

    pub(crate) fn wish(&self, wish: Wish) -> Result<(), Busy> {
        // First what is the same for everybody, so that being told to come again says nothing of an address.
        let place = self.wishes.try_reserve().map_err(|_| Busy)?;
        let now = Instant::now();
        self.mails_to_all.take((), now).map_err(|_| Busy)?;
        if self.mails.take(wish.mailbox(), now).is_ok() {
            place.send(wish);
        }
        Ok(())
    }
}

async fn fulfil_all(users: Users, mut waiting: Receiver<Wish>) {
    while let Some(wish) = waiting.recv().await {
        let mut attempts = 0;
        while let Err(error) = fulfil(&users, &wish).await {
            attempts += 1;
            let most = match error.kind() {
                ApiErrorKind::RateLimited => MOST_ATTEMPTS,
                ApiErrorKind::Unavailable => 2,
                // Nothing that another attempt would change. The library has logged what.
                _ => break,
            };
            if attempts >= most {
                break;
            }
            let pause = error.retry_after().unwrap_or(Duration::from_secs(1));
            sleep(pause.min(LONGEST_PAUSE)).await;
        }
    }
}

async fn fulfil(users: &Users, wish: &Wish) -> Result<(), ApiError> {
    match wish {
        Wish::Register {
            email,
            first_name,
            last_name,
        } => {
            // Okta activates the account and sends its mail in one go.
            let new = NewUser::new(email)
                .first_name(first_name)
                .last_name(last_name);
            match users.create(&new).await {
                // Mostly because there is such an account.
                Err(error) if error.kind() == ApiErrorKind::Invalid => {
                    first_mail(users, email).await
                }
                created => created.map(drop),
            }
        }
        Wish::FirstMailAgain { email } => first_mail(users, email).await,
        Wish::NewPassword { email } => match users.find_by_login(email).await? {
            // Whose account waits for its first mail cannot have forgotten a password.
            Some(user) if is_waiting(&user) => users.reactivate(user.id()).await,
            Some(user) => users.forgot_password(user.id()).await,
            None => Ok(()),
        },
    }
}

/// Whether Okta has sent the mail by which the account is activated, and nobody has followed it. One that is only staged was set
/// up by somebody who decides themselves when it begins: no stranger decides it here.
fn is_waiting(user: &User) -> bool {
    *user.status() == UserStatus::Provisioned
}

/// The mail by which an account is activated, once more. One that is in use gets none.
async fn first_mail(users: &Users, email: &str) -> Result<(), ApiError> {
    match users.find_by_login(email).await? {
        Some(user) if is_waiting(&user) => users.reactivate(user.id()).await,
        _ => Ok(()),
    }
}
