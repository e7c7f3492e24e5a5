//! A session ends because somebody wants it to.

use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderValue};

use super::{Sessions, begin::key_of, record::Record, stored::is_id};
use crate::{
    base::{secret::Secret, telemetry},
    browser::{
        cookies::Gathered,
        store::{SessionStore, StoreError},
    },
};

/// What remains to be done about a session that has ended here.
#[derive(Default)]
pub(crate) struct Ended {
    /// The fields that remove its cookie.
    pub(crate) set_cookies: Vec<HeaderValue>,
    /// To be revoked, as well as can be.
    pub(crate) refresh_token: Option<Secret>,
    /// For the sign-out at the issuer.
    pub(crate) id_token: Option<Secret>,
    /// The store did not delete it: whoever has the cookie may use the session until it ends by itself.
    pub(crate) store_error: Option<StoreError>,
}

impl Sessions {
    /// Ends the session of a request, first and for certain: in this process at once, and with a store everywhere. A cookie that
    /// cannot be read is removed too.
    pub(crate) async fn end(self: &Arc<Self>, headers: &HeaderMap) -> Ended {
        let mut ended = Ended {
            set_cookies: self.cookie.clear(headers),
            ..Ended::default()
        };
        let Gathered::Whole(parts) = self.cookie.gather(headers) else {
            return ended;
        };
        let text = parts.concat();
        match &self.store {
            None => {
                if let Ok(record) = self.open_sealed(&text) {
                    let live = self.registry.live(record.id, record.ends_at, self.now());
                    // The tokens of the newest generation, where the cookie is an older one.
                    match live.end() {
                        Some(newest) if newest.held.record.generation > record.generation => {
                            ended.take_tokens(newest.held.record.clone());
                        }
                        _ => ended.take_tokens(record),
                    }
                    telemetry::session_ended();
                }
            }
            Some(store) if is_id(&text) => self.end_stored(store, &text, &mut ended).await,
            Some(_) => {}
        }
        ended
    }

    async fn end_stored(&self, store: &Arc<dyn SessionStore>, id: &str, ended: &mut Ended) {
        let key = key_of(id);
        // The tokens are read on the way; what counts is that it is deleted.
        if let Ok(Some(stored)) = store.load(&key).await
            && let Ok(record) = self.open_stored(&key, &stored)
        {
            let live = self.registry.live(record.id, record.ends_at, self.now());
            live.end();
            ended.take_tokens(record);
        }
        match store.delete(&key).await {
            Ok(_) => telemetry::session_ended(),
            Err(error) => {
                telemetry::store_failed(&error);
                ended.store_error = Some(error);
            }
        }
    }
}

impl Ended {
    fn take_tokens(&mut self, record: Record) {
        self.refresh_token = record.refresh_token;
        self.id_token = record.id_token;
    }
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ended")
            .field("store_error", &self.store_error)
            .finish_non_exhaustive()
    }
}
