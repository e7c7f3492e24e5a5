//! A proxy's password is in no error's `Display`, `Debug` or source.

use std::error::Error;

use okta_tower::Okta;

#[tokio::test]
async fn proxy_password_is_absent_from_start_errors() {
    for proxy in [
        "http://ada:hunter2@127.0.0.1:1",
        "http://ada:hunter2@127.0.0.1:1/hunter2?hunter2",
        "https://ada:hunter2@127.0.0.1:1",
        "http://ada:hunter2@nowhere.invalid:1",
        "http://ada:hunter2@",
        "http://ada:hunter2@bad host:1",
    ] {
        let builder = Okta::builder("https://dev-1234.okta.com/oauth2/default").proxy(proxy);
        let mut shown = format!("{builder:?}");
        let error = builder.start().await.unwrap_err();
        shown += &format!(" {error} {error:?}");
        let mut cause = error.source();
        while let Some(error) = cause {
            shown += &format!(" {error} {error:?}");
            cause = error.source();
        }
        assert!(
            !shown.contains("hunter2") && !shown.contains("YWRhOmh1bnRlcjI"),
            "{shown}"
        );
    }
}
