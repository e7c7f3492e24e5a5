//! Route rules, compared with how services read paths.

mod readings;
mod readings_fuzz;
