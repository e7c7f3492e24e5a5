//! jsonwebtoken with only `rust_crypto`. If okta-tower enabled the other feature, the user's calls
//! without an installed provider would panic.

use jsonwebtoken::{DecodingKey, EncodingKey, Header, TokenData, Validation, decode, encode};
use serde_json::{Value, json};

#[tokio::main]
async fn main() {
    round_trip::round_trip().await;

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

    round_trip::round_trip().await;
}
