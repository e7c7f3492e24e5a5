//! Responses of Okta, of proxies and of attackers.

use std::error::Error;

use serde_json::json;

use super::*;
use crate::base::fetch::Limit;

fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status: StatusCode::from_u16(status).unwrap(),
        body: body.into(),
        is_json: true,
        is_jwt: false,
        retry_after: None,
        limit: Limit::default(),
        links: Vec::new(),
    }
}

fn refused(status: u16, code: &str) -> ApiError {
    let body = json!({
        "errorCode": code,
        "errorSummary": "Not found: Resource not found: eve@example.com (User)",
        "errorLink": code,
        "errorId": "oae_S2xjrJ1RJ-c9vMHNl9HGg",
        "errorCauses": [{ "errorSummary": "password: hunter2 is too short" }],
    });
    check(reply(status, &body.to_string()), 0).unwrap_err()
}

#[test]
fn common_errors_have_their_kinds() {
    for (status, code, kind) in [
        (400, "E0000001", Kind::Invalid),
        (400, "E0000031", Kind::Invalid),
        (401, "E0000004", Kind::Unauthorized),
        (401, "E0000011", Kind::Unauthorized),
        (401, "E0000015", Kind::Unauthorized),
        (403, "E0000005", Kind::Unauthorized),
        (403, "E0000006", Kind::Forbidden),
        (403, "E0000016", Kind::Conflict),
        (403, "E0000038", Kind::Conflict),
        (404, "E0000007", Kind::NotFound),
        (405, "E0000022", Kind::Invalid),
        (409, "E0000157", Kind::Conflict),
        (411, "E0000001", Kind::Invalid),
        (429, "E0000047", Kind::RateLimited),
        (500, "E0000009", Kind::Unavailable),
        (503, "E0000010", Kind::Unavailable),
        (302, "E0000001", Kind::Unreadable),
    ] {
        let error = refused(status, code);
        assert_eq!(error.kind(), kind, "{status} {code}");
        assert_eq!(error.error_code(), Some(code));
        assert_eq!(error.status().unwrap().as_u16(), status);
    }
    // Whatever code a 429 has.
    assert_eq!(refused(429, "E0000007").kind(), Kind::RateLimited);
    assert!(check(reply(200, "{}"), 0).is_ok());
    assert!(check(reply(204, ""), 0).is_ok());
}

#[test]
fn error_shows_the_code_and_no_user_data() {
    let error = refused(404, "E0000007");
    assert_eq!(
        error.to_string(),
        "the management API returned 404 (E0000007)"
    );
    assert_eq!(error.error_id(), Some("oae_S2xjrJ1RJ-c9vMHNl9HGg"));
    assert!(error.summary().unwrap().contains("eve@example.com"));
    assert_eq!(
        error.causes().collect::<Vec<_>>(),
        ["password: hunter2 is too short"]
    );
    let printed = format!("{error} {error:?} {error:#?}");
    assert!(
        !printed.contains("eve") && !printed.contains("hunter2"),
        "{printed}"
    );
    assert!(error.source().is_none());
}

#[test]
fn malformed_code_or_id_is_dropped() {
    for (code, id) in [
        ("E000000", "oae 1"),
        ("E00000077", "oae\n1"),
        ("e0000007", ""),
        ("E000000x", "é"),
        ("<script>", &"a".repeat(65)),
    ] {
        let body = json!({ "errorCode": code, "errorId": id });
        let error = check(reply(404, &body.to_string()), 0).unwrap_err();
        assert_eq!(
            (error.error_code(), error.error_id()),
            (None, None),
            "{code}"
        );
        assert_eq!(error.to_string(), "the management API returned 404");
        assert_eq!(error.kind(), Kind::NotFound);
    }
}

#[test]
fn response_without_error_object_goes_by_status() {
    for body in [
        "",
        "null",
        "[]",
        "<html>",
        "{",
        r#"{"errorCode":7}"#,
        r#"{"errorCode":"E0000007","errorCode":"E0000047"}"#,
    ] {
        let error = check(reply(404, body), 0).unwrap_err();
        assert_eq!(
            (error.kind(), error.error_code()),
            (Kind::NotFound, None),
            "{body}"
        );
    }
    let mut page = reply(502, r#"{"errorCode":"E0000007"}"#);
    page.is_json = false;
    let error = check(page, 0).unwrap_err();
    assert_eq!(
        (error.kind(), error.error_code()),
        (Kind::Unavailable, None)
    );
}

#[test]
fn long_texts_and_many_causes_are_shortened() {
    let causes: Vec<_> = (0..1000)
        .map(|_| json!({ "errorSummary": "é".repeat(9000) }))
        .collect();
    let body = json!({ "errorSummary": "é".repeat(9000), "errorCauses": causes });
    let error = check(reply(400, &body.to_string()), 0).unwrap_err();
    assert_eq!(error.summary().unwrap().chars().count(), MAX_TEXT);
    assert_eq!(error.causes().count(), MAX_CAUSES);
    assert!(
        error
            .causes()
            .all(|cause| cause.chars().count() == MAX_TEXT)
    );
}

#[test]
fn reset_time_applies_to_rate_limits_only() {
    let limited = |status| {
        let mut reply = reply(status, "{}");
        reply.limit = Limit {
            reset: Some(1030),
            date: Some(1000),
        };
        check(reply, 5000).unwrap_err().retry_after()
    };
    assert_eq!(limited(429).unwrap().as_secs(), 31);
    assert_eq!(limited(404), None);
}

#[test]
fn malformed_success_is_unreadable_and_not_quoted() {
    let error = json::<Vec<u8>>(&reply(200, r#"{"profile":"hunter2"}"#)).unwrap_err();
    assert_eq!(error.kind(), Kind::Unreadable);
    assert!(!format!("{error:?}").contains("hunter2"));
    let mut page = reply(200, "[]");
    assert!(json::<Vec<u8>>(&page).is_ok());
    page.is_json = false;
    assert!(json::<Vec<u8>>(&page).is_err());
}
