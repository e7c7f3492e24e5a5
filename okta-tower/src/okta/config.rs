//! Settings that were checked: what the rooms above work with.

use std::sync::Arc;

use crate::{
    base::{
        clock::Clock,
        fetch::{FetchSettings, UrlPolicy},
    },
    bearer::token::Policy,
    config::issuer::Issuer,
    keys::RefreshSettings,
};

/// Everything, checked.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) issuer: Issuer,
    pub(crate) policy: Policy,
    pub(crate) urls: UrlPolicy,
    pub(crate) fetch: FetchSettings,
    pub(crate) refresh: RefreshSettings,
    /// How much memory verified tokens may take, in bytes. 0: none are kept.
    pub(crate) cache_bytes: usize,
    pub(crate) clock: Arc<dyn Clock>,
    /// `None` where sign-in was not turned on.
    #[cfg(feature = "sign-in")]
    pub(crate) sign_in: Option<crate::browser::settings::SignInSettings>,
    /// `None` where the management API was not turned on.
    #[cfg(feature = "api")]
    pub(crate) api: Option<crate::api::settings::ApiSettings>,
}
