//! From `ledger.proto` to Rust.
//!
//! The usual way asks for Google's `protoc`, a C++ program that a machine may lack or have in another version. protox is the
//! same compiler in Rust and comes with cargo, so that `cargo run` is all there is to do. Committing the generated code would
//! need neither, and would let it drift away from its source unnoticed.

use std::{error::Error, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_file("bank/v1/ledger.proto")?;
    // For reflection: clients ask the server what it serves.
    let described = PathBuf::from(std::env::var("OUT_DIR")?).join("ledger.bin");
    std::fs::write(described, compiler.encode_file_descriptor_set())?;
    tonic_prost_build::configure()
        .build_transport(false)
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
