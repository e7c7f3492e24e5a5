//! The methods of the service, and how they get their caller.

use std::{collections::BTreeMap, pin::Pin, sync::Arc};

use futures_util::{Stream, StreamExt};
use http::{Extensions, HeaderMap};
use okta_tower::{
    AuthError, Claims, Okta,
    auth::{Refusal, require_caller},
};
use serde::Deserialize;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;
use tonic::{Code, Request, Response, Status, Streaming};

use crate::{
    pb::{Balance, Difference, Entry, GetBalanceRequest, Posted, ledger_server::Ledger},
    until,
};

/// The custom claims of this bank's tokens. Not every token has them.
#[derive(Debug, Deserialize)]
pub(crate) struct Employee {
    department: Option<String>,
}

/// The accounts and their balances in cents.
#[derive(Clone, Debug)]
pub struct Bank {
    accounts: Arc<BTreeMap<&'static str, watch::Sender<i64>>>,
    okta: Okta,
}

type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl Ledger for Bank {
    async fn get_balance(
        &self,
        request: Request<GetBalanceRequest>,
    ) -> Result<Response<Balance>, Status> {
        // The access rules have already authorized the caller.
        let GetBalanceRequest { account } = request.into_inner();
        let cents = *self.account(&account)?.borrow();
        Ok(Response::new(Balance { account, cents }))
    }

    type WatchStream = Messages<Balance>;

    async fn watch(
        &self,
        request: Request<GetBalanceRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let expired = self.okta.expired(caller(request.extensions())?.verified());
        let GetBalanceRequest { account } = request.into_inner();
        let changes = WatchStream::new(self.account(&account)?.subscribe());
        let balances = changes.map(move |cents| {
            let account = account.clone();
            Ok(Balance { account, cents })
        });
        Ok(Response::new(Box::pin(until(expired, balances))))
    }

    async fn post(&self, request: Request<Streaming<Entry>>) -> Result<Response<Posted>, Status> {
        let caller = caller(request.extensions())?;
        let mut entries = Box::pin(until(self.okta.expired(&caller), request.into_inner()));
        let mut posted = Posted {
            entries: 0,
            // The ID, not the subject: a subject is a login, which Okta may assign to another user.
            by: caller.user_id().unwrap_or(caller.subject()).to_owned(),
            department: caller.extra().department.clone().unwrap_or_default(),
        };
        while let Some(entry) = entries.next().await {
            let Entry { account, cents } = entry?;
            let mut fits = false;
            self.account(&account)?.send_if_modified(|balance| {
                let sum = balance.checked_add(cents);
                fits = sum.is_some();
                sum.map(|sum| *balance = sum).is_some()
            });
            if !fits {
                return Err(Status::out_of_range("more than an account can hold"));
            }
            posted.entries = posted.entries.saturating_add(1);
        }
        Ok(Response::new(posted))
    }

    type ReconcileStream = Messages<Difference>;

    async fn reconcile(
        &self,
        request: Request<Streaming<Balance>>,
    ) -> Result<Response<Self::ReconcileStream>, Status> {
        let expired = self.okta.expired(caller(request.extensions())?.verified());
        let bank = self.clone();
        let differences = request.into_inner().map(move |believed| {
            let Balance { account, cents } = believed?;
            let there = *bank.account(&account)?.borrow();
            let cents = there.saturating_sub(cents);
            Ok(Difference { account, cents })
        });
        Ok(Response::new(Box::pin(until(expired, differences))))
    }
}

impl Bank {
    /// Creates a bank with two accounts.
    #[must_use]
    pub fn new(okta: Okta) -> Self {
        let accounts = [("checking", 10_000), ("savings", 500_000)];
        let accounts = accounts.map(|(name, cents)| (name, watch::Sender::new(cents)));
        Self {
            accounts: Arc::new(accounts.into()),
            okta,
        }
    }

    fn account(&self, name: &str) -> Result<&watch::Sender<i64>, Status> {
        let account = self.accounts.get(name);
        // tonic percent-encodes non-ASCII characters of the message.
        account.ok_or_else(|| Status::not_found(format!("there is no account “{name}”")))
    }
}

/// Returns the caller that the layer inserted into the extensions, with the layer's custom claims.
fn caller(extensions: &Extensions) -> Result<Claims<Employee>, Status> {
    let caller = require_caller(extensions).map_err(|error| status(&error))?;
    let claims = caller.typed::<Employee>();
    claims.ok_or_else(|| Status::internal("the layer is configured with other claims"))
}

/// Returns the status that the layer would send.
fn status(error: &AuthError) -> Status {
    let (code, message) = error.grpc_status();
    Status::new(Code::from_i32(code.into()), message)
}
