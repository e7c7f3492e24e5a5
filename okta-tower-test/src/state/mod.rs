//! The issuer's state: plain data that the endpoints read and change.
//!
//! Nothing in this folder depends on the endpoints, the server or [`Issuer`](crate::Issuer).

pub(crate) mod browsers;
pub(crate) mod clients;
pub(crate) mod config;
pub(crate) mod documents;
pub(crate) mod grants;
pub(crate) mod keyring;
pub(crate) mod mail;
pub(crate) mod metadata;
pub(crate) mod org;
pub(crate) mod requests;
pub(crate) mod sign_in;
pub(crate) mod tampering;
pub(crate) mod traffic;
pub(crate) mod users;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use self::{
    config::IssuerConfig,
    documents::{Document, Documents, ServedDocument},
    keyring::KeyRing,
    sign_in::SignIn,
    traffic::Traffic,
};
use crate::{
    fault::{Endpoint, Step},
    token::{Kind, TokenBuilder},
};

/// Everything that the [`Issuer`](crate::Issuer) handle and its server share.
#[derive(Debug)]
pub(crate) struct IssuerState {
    pub(crate) config: IssuerConfig,
    pub(crate) traffic: Traffic,
    documents: Mutex<Documents>,
    sign_in: Mutex<SignIn>,
}

impl IssuerState {
    pub(crate) fn new(
        config: IssuerConfig,
        keys: KeyRing,
        cache_control: Option<String>,
        sign_in: SignIn,
    ) -> Self {
        let documents = Documents::new(keys, cache_control, config.clock.now());
        Self {
            config,
            traffic: Traffic::new(),
            documents: Mutex::new(documents),
            sign_in: Mutex::new(sign_in),
        }
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.config.clock.now()
    }

    /// Returns a builder for a token of this kind, signed by the active key.
    pub(crate) fn mint(&self, kind: Kind) -> TokenBuilder {
        let key = self.documents().keys.active.clone();
        TokenBuilder::new(
            kind,
            key,
            self.config.issuer.clone(),
            self.config.audience.clone(),
            self.config.groups_claim.clone(),
            Arc::clone(&self.config.clock),
        )
    }

    /// Locks clients, users and grants.
    ///
    /// While you hold the guard, do not lock [`documents`](Self::documents) and do not call
    /// functions of a test. Either could deadlock.
    pub(crate) fn sign_in(&self) -> MutexGuard<'_, SignIn> {
        self.sign_in.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks documents and planned faults.
    pub(crate) fn documents(&self) -> MutexGuard<'_, Documents> {
        self.documents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what an endpoint serves, under a new modification time.
    pub(crate) fn change<T>(
        &self,
        endpoint: Endpoint,
        change: impl FnOnce(&mut Documents) -> T,
    ) -> T {
        let mut documents = self.documents();
        documents.touch(endpoint, self.now());
        change(&mut documents)
    }

    /// Returns the current version of a document and the planned step for its request.
    pub(crate) fn document(&self, document: Document) -> (ServedDocument, Option<Step>) {
        self.documents().serve(document, &self.config)
    }

    /// Takes the planned step for the request that has just arrived.
    pub(crate) fn step(&self, endpoint: Endpoint) -> Option<Step> {
        self.documents().step(endpoint)
    }
}
