//! jsonwebtoken with both of its crypto features. Whoever calls it must then choose a provider, or it
//! panics. okta-tower must neither call it nor choose for its user.

use jsonwebtoken::{
    DecodingKey, EncodingKey, Header, TokenData, Validation, crypto::rust_crypto, decode, encode,
};
use serde_json::{Value, json};

#[tokio::main]
async fn main() {
    // Before anybody has chosen: okta-tower works, and has not chosen either.
    round_trip::round_trip().await;
    rust_crypto::DEFAULT_PROVIDER
        .install_default()
        .expect("the choice is still the user's");

    let token = encode(
        &Header::default(),
        &json!({ "sub": "ada", "exp": u32::MAX }),
        &EncodingKey::from_secret(b"secret"),
    )
    .expect("the user's own token is signed");
    let read: TokenData<Value> = decode(
        &token,
        &DecodingKey::from_secret(b"secret"),
        &Validation::default(),
    )
    .expect("the user's own token is read");
    assert_eq!(read.claims["sub"], "ada");

    // And after the user has chosen.
    round_trip::round_trip().await;
}
