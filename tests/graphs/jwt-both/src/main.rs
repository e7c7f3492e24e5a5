//! jsonwebtoken with both of its crypto features. Its callers must then install a provider, or it
//! panics. okta-tower must neither call it nor install a provider.

use jsonwebtoken::{
    DecodingKey, EncodingKey, Header, TokenData, Validation, crypto::rust_crypto, decode, encode,
};
use serde_json::{Value, json};

#[tokio::main]
async fn main() {
    // Before a provider is installed: okta-tower works, and has not installed one.
    round_trip::round_trip().await;
    rust_crypto::DEFAULT_PROVIDER
        .install_default()
        .expect("okta-tower has installed no provider");

    let token = encode(
        &Header::default(),
        &json!({ "sub": "ada", "exp": u32::MAX }),
        &EncodingKey::from_secret(b"secret").expect("a key"),
    )
    .expect("the user's own token is signed");
    let read: TokenData<Value> = decode(
        &token,
        &DecodingKey::from_secret(b"secret").expect("a key"),
        &Validation::default(),
    )
    .expect("the user's own token is read");
    assert_eq!(read.claims["sub"], "ada");

    // After the user has installed a provider.
    round_trip::round_trip().await;
}
