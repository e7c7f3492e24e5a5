//! The methods, and how they know their caller.

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

/// What tokens of this bank's Okta say beside the usual. Not every token has it.
#[derive(Debug, Deserialize)]
pub(crate) struct Employee {
    department: Option<String>,
}

/// Accounts, and what is in them, in cents.
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
        // Whoever gets here has been let in by the rules: there is nothing left to ask.
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
            // The id and not the subject, which is a login and may change hands.
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
    /// With two accounts.
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
        // What is no ASCII, tonic percent-encodes on the way.
        account.ok_or_else(|| Status::not_found(format!("there is no account “{name}”")))
    }
}

/// The caller, as the layer left it in the extensions, with the claims that the layer was told of.
fn caller(extensions: &Extensions) -> Result<Claims<Employee>, Status> {
    let caller = require_caller(extensions).map_err(|error| status(&error))?;
    let claims = caller.typed::<Employee>();
    claims.ok_or_else(|| Status::internal("the layer was told of other claims"))
}

/// What the layer would have said.
fn status(error: &AuthError) -> Status {
    let (code, message) = Refusal::of(error, &HeaderMap::new()).grpc_status();
    Status::new(Code::from_i32(code.into()), message)
}
