//! Links to the guides, one task per page.
//!
//! | to | read |
//! |---|---|
//! | protect a first route | [getting started] |
//! | set up an Okta org | [Okta org] |
//! | look up a variable or default | [configuration] |
//! | use Axum, Tonic, Warp or hyper | [Axum], [Tonic], [Warp and hyper] |
//! | sign users in and store sessions | [sign-in], [sessions and stores] |
//! | authorize callers, read claims | [rules and guards], [custom claims] |
//! | change error bodies, audit rejections | [errors and responses] |
//! | open WebSockets, end streams, serve files, describe an API | [recipes] |
//! | test | [testing] |
//! | deploy, monitor, tune | [deployment], [observability], [performance] |
//! | find the cause of a rejection | [troubleshooting] |
//! | know what is guaranteed | [security model] |
//! | move from another framework | [migrating] |
//!
//! [Axum]: https://github.com/okta-tower/okta-tower/blob/main/docs/axum.md
//! [Okta org]: https://github.com/okta-tower/okta-tower/blob/main/docs/okta-org-setup.md
//! [Tonic]: https://github.com/okta-tower/okta-tower/blob/main/docs/tonic.md
//! [Warp and hyper]: https://github.com/okta-tower/okta-tower/blob/main/docs/warp-and-hyper.md
//! [configuration]: https://github.com/okta-tower/okta-tower/blob/main/docs/configuration.md
//! [custom claims]: https://github.com/okta-tower/okta-tower/blob/main/docs/custom-claims.md
//! [deployment]: https://github.com/okta-tower/okta-tower/blob/main/docs/deployment.md
//! [errors and responses]: https://github.com/okta-tower/okta-tower/blob/main/docs/errors-and-responses.md
//! [getting started]: https://github.com/okta-tower/okta-tower/blob/main/docs/getting-started.md
//! [migrating]: https://github.com/okta-tower/okta-tower/blob/main/docs/migrating.md
//! [observability]: https://github.com/okta-tower/okta-tower/blob/main/docs/observability.md
//! [performance]: https://github.com/okta-tower/okta-tower/blob/main/docs/performance.md
//! [recipes]: https://github.com/okta-tower/okta-tower/blob/main/docs/recipes.md
//! [rules and guards]: https://github.com/okta-tower/okta-tower/blob/main/docs/rules-and-guards.md
//! [security model]: https://github.com/okta-tower/okta-tower/blob/main/docs/security-model.md
//! [sessions and stores]: https://github.com/okta-tower/okta-tower/blob/main/docs/sessions-and-stores.md
//! [sign-in]: https://github.com/okta-tower/okta-tower/blob/main/docs/sign-in.md
//! [testing]: https://github.com/okta-tower/okta-tower/blob/main/docs/testing.md
//! [troubleshooting]: https://github.com/okta-tower/okta-tower/blob/main/docs/troubleshooting.md
