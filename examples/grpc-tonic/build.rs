//! Generates Rust code from `ledger.proto`.
//!
//! The usual compiler is Google's `protoc`, a separate C++ program. protox is a compiler in Rust
//! that cargo builds, so that `cargo run` is enough. Committed generated code could silently differ
//! from its source.

use std::{error::Error, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_file("bank/v1/ledger.proto")?;
    // For reflection: clients ask the server for its services.
    let described = PathBuf::from(std::env::var("OUT_DIR")?).join("ledger.bin");
    std::fs::write(described, compiler.encode_file_descriptor_set())?;
    tonic_prost_build::configure()
        .build_transport(false)
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
