//! Requests of the public forms to Okta: a new account, another activation mail, a new password.
//!
//! A form is answered before any request to Okta. Neither the response nor its timing reveals
//! whether the account exists. Okta sends the mails, and no link in them passes through this
//! application.

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

/// The longest queue. When it is full, the form asks the user to retry later.
const MOST_WAITING: usize = 256;
/// The most attempts after Okta's rate limit rejected a request. After no response the request may
/// have succeeded, and a retry may send a second mail, so there are only two attempts.
const MOST_ATTEMPTS: u32 = 5;
/// The longest pause before a retry, during which other requests wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Mails of a kind to one address. Further ones are dropped silently, because a message would
/// reveal that there were some.
const MAILS: u32 = 3;
/// Mails to all addresses: enough for a busy day, and a limit for abuse of the forms as a mail
/// relay.
const MAILS_TO_ALL: u32 = 500;
const MAILS_EVERY: Duration = Duration::from_secs(60 * 60);

/// A request from a form. The address is unverified: only its owner receives the mail.
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
    /// Returns the key that limits the mails to a mailbox. A tag (`ada+news@example.com`) is
    /// ignored, because both addresses are one mailbox.
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
        // Separate limits for each form: exhausting one form with a victim's address must not block
        // the others.
        (mem::discriminant(self), mailbox)
    }
}

/// The queue is full.
#[derive(Debug)]
pub(crate) struct Busy;

/// The queue of requests.
#[derive(Clone)]
pub(crate) struct Accounts {
    wishes: Sender<Wish>,
    mails: Arc<Limit>,
    mails_to_all: Arc<Limit>,
}

impl Accounts {
    /// Starts to process requests, one after the other, until all clones are dropped.
    pub(crate) fn start(okta: &Okta) -> Self {
        let (wishes, waiting) = channel(MOST_WAITING);
        tokio::spawn(process_all(okta.api().users(), waiting));
        Self {
            wishes,
            mails: Arc::new(Limit::new(MAILS, MAILS_EVERY)),
            mails_to_all: Arc::new(Limit::new(MAILS_TO_ALL, MAILS_EVERY)),
        }
    }

    pub(crate) fn wish(&self, wish: Wish) -> Result<(), Busy> {
        // Check the global limits first, so that a rejection reveals nothing about an address.
        let place = self.wishes.try_reserve().map_err(|_| Busy)?;
        let now = Instant::now();
        self.mails_to_all.take((), now).map_err(|_| Busy)?;
        if self.mails.take(wish.mailbox(), now).is_ok() {
            place.send(wish);
        }
        Ok(())
    }
}

async fn process_all(users: Users, mut waiting: Receiver<Wish>) {
    while let Some(wish) = waiting.recv().await {
        let mut attempts = 0;
        while let Err(error) = process(&users, &wish).await {
            attempts += 1;
            let most = match error.kind() {
                ApiErrorKind::RateLimited => MOST_ATTEMPTS,
                ApiErrorKind::Unavailable => 2,
                // Another attempt would not help. The library has logged the reason.
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

async fn process(users: &Users, wish: &Wish) -> Result<(), ApiError> {
    match wish {
        Wish::Register {
            email,
            first_name,
            last_name,
        } => {
            // Okta activates the account and sends its mail in one request.
            let new = NewUser::new(email)
                .first_name(first_name)
                .last_name(last_name);
            match users.create(&new).await {
                // Usually because the account exists.
                Err(error) if error.kind() == ApiErrorKind::Invalid => {
                    first_mail(users, email).await
                }
                created => created.map(drop),
            }
        }
        Wish::FirstMailAgain { email } => first_mail(users, email).await,
        Wish::NewPassword { email } => match users.find_by_login(email).await? {
            // An account that waits for its activation has no password to forget.
            Some(user) if is_waiting(&user) => users.reactivate(user.id()).await,
            Some(user) => users.forgot_password(user.id()).await,
            None => Ok(()),
        },
    }
}

/// Returns whether Okta has sent the activation mail and the user has not followed it. A staged
/// account is different: an administrator activates it later, and a public form must not.
fn is_waiting(user: &User) -> bool {
    *user.status() == UserStatus::Provisioned
}

/// Sends the activation mail again. Accounts in use get none.
async fn first_mail(users: &Users, email: &str) -> Result<(), ApiError> {
    match users.find_by_login(email).await? {
        Some(user) if is_waiting(&user) => users.reactivate(user.id()).await,
        _ => Ok(()),
    }
}
