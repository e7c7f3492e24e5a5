//! What the public forms ask of Okta: a new account, its first mail again, a new password. Nobody waits for it.
//!
//! Whoever filled in a form is answered before anything is asked. So neither the answer nor how long it takes says whether
//! there is such an account. Okta writes the mails; no link in them comes this way.

use std::{sync::Arc, time::Duration};

use okta_tower::{
    Okta,
    api::{ApiError, ApiErrorKind, NewUser, User, UserStatus, Users},
};
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    time::{Instant, sleep},
};

use crate::limit::Limit;

/// As many wait at once. Whoever comes then is told to come again.
const MOST_WAITING: usize = 256;
/// As often something is tried that Okta cannot do at the moment, with pauses that grow.
const MOST_ATTEMPTS: u32 = 5;
/// Mails to one address. More are dropped, and nobody is told: it would say that there were some.
const MAILS: u32 = 3;
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
    fn email(&self) -> &str {
        match self {
            Self::Register { email, .. }
            | Self::FirstMailAgain { email }
            | Self::NewPassword { email } => email,
        }
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
}

impl Accounts {
    /// Begins to fulfil wishes, one after the other, until all clones are gone.
    pub(crate) fn start(okta: &Okta) -> Self {
        let (wishes, waiting) = channel(MOST_WAITING);
        tokio::spawn(fulfil_all(okta.api().users(), waiting));
        Self {
            wishes,
            mails: Arc::new(Limit::new(MAILS, MAILS_EVERY)),
        }
    }

    pub(crate) fn wish(&self, wish: Wish) -> Result<(), Busy> {
        let email = wish.email().to_lowercase();
        if self.mails.take(email, Instant::now().into_std()).is_err() {
            return Ok(());
        }
        self.wishes.try_send(wish).map_err(|_| Busy)
    }
}

async fn fulfil_all(users: Users, mut waiting: Receiver<Wish>) {
    while let Some(wish) = waiting.recv().await {
        let mut pause = Duration::from_secs(1);
        for _ in 0..MOST_ATTEMPTS {
            match fulfil(&users, &wish).await {
                Err(error) if may_pass(&error) => {
                    sleep(error.retry_after().unwrap_or(pause).min(MAILS_EVERY)).await;
                    pause *= 4;
                }
                // Done, or nothing that another attempt would change. The library has logged which.
                _ => break,
            }
        }
    }
}

fn may_pass(error: &ApiError) -> bool {
    matches!(
        error.kind(),
        ApiErrorKind::Unavailable | ApiErrorKind::RateLimited
    )
}

async fn fulfil(users: &Users, wish: &Wish) -> Result<(), ApiError> {
    match wish {
        Wish::Register {
            email,
            first_name,
            last_name,
        } => {
            let new = NewUser::new(email)
                .first_name(first_name)
                .last_name(last_name)
                .activated(false);
            match users.create(&new).await {
                Ok(user) => users.activate(user.id()).await,
                // Mostly because there is such an account: from an attempt that was cut off, or somebody's own.
                Err(error) if error.kind() == ApiErrorKind::Invalid => {
                    first_mail(users, email).await
                }
                Err(error) => Err(error),
            }
        }
        Wish::FirstMailAgain { email } => first_mail(users, email).await,
        Wish::NewPassword { email } => match users.find_by_login(email).await? {
            // Whose account waits for its first mail cannot have forgotten a password.
            Some(user) if is_waiting(&user) => first_mail_to(users, &user).await,
            Some(user) => users.forgot_password(user.id()).await,
            None => Ok(()),
        },
    }
}

fn is_waiting(user: &User) -> bool {
    matches!(user.status(), UserStatus::Staged | UserStatus::Provisioned)
}

async fn first_mail(users: &Users, email: &str) -> Result<(), ApiError> {
    match users.find_by_login(email).await? {
        Some(user) => first_mail_to(users, &user).await,
        None => Ok(()),
    }
}

/// The mail by which an account is activated. One that is in use gets none.
async fn first_mail_to(users: &Users, user: &User) -> Result<(), ApiError> {
    match user.status() {
        UserStatus::Staged => users.activate(user.id()).await,
        UserStatus::Provisioned => users.reactivate(user.id()).await,
        _ => Ok(()),
    }
}
