//! Runs the recipes of `docs/recipes/` that are too long for a documentation test. `guide.rs`
//! compares their code with the pages.

mod lambda;
mod openapi;
mod runtime_api;
