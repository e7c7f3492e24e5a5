//! Sign-in in a real browser: Chromium, the quickstart on `localhost`, and a certified provider on
//! `127.0.0.1`, so that the two are different sites, as in production.
//! `tests/e2e/browser/scenarios` has the steps of each scenario.

use cross_tests::{
    application::{Settings, free_port},
    browser,
    provider::Provider,
};

/// Plays a scenario with its own provider, application and browser.
///
/// `prepare` changes the application's settings, and gets the opener's origin.
/// `provider_settings` are calls of the provider's control endpoint.
async fn play(
    scenario: &str,
    provider_settings: &[&str],
    prepare: impl FnOnce(Settings, &str) -> Settings,
) {
    let (Some(chromium), Some(provider)) = (browser::chromium(), Provider::start()) else {
        return;
    };
    let opener = format!("http://localhost:{}", free_port());
    let settings = Settings::new(provider.issuer(), provider.client("app"));
    let settings = settings.variable("QUICKSTART_OPENER", &opener);
    let settings = prepare(settings, &opener);
    provider
        .register(&settings.redirect_uri(), &settings.home())
        .await;
    for change in provider_settings {
        provider.change(change).await;
    }
    let application = settings.start().await;
    browser::play(scenario, &chromium, &provider, &application, &opener);
}

async fn play_with_defaults(scenario: &str) {
    play(scenario, &[], |settings, _| settings).await;
}

#[tokio::test]
async fn admin_sees_the_management_panel() {
    play_with_defaults("admin").await;
}

#[tokio::test]
async fn viewer_sees_the_read_only_panel() {
    play_with_defaults("viewer").await;
}

#[tokio::test]
async fn user_without_a_role_sees_no_access() {
    play_with_defaults("nobody").await;
}

#[tokio::test]
async fn sign_in_from_the_front_page_returns_to_application() {
    play_with_defaults("from_the_front_page").await;
}

#[tokio::test]
async fn deep_link_is_restored_after_sign_in_without_code() {
    play_with_defaults("deep_link").await;
}

#[tokio::test]
async fn return_to_a_foreign_url_stays_at_the_application() {
    play_with_defaults("return_to_elsewhere").await;
}

#[tokio::test]
async fn correct_password_after_a_wrong_one_signs_in() {
    play_with_defaults("wrong_password").await;
}

#[tokio::test]
async fn cancelled_sign_in_shows_a_page_with_a_retry_link() {
    play_with_defaults("cancelled").await;
}

#[tokio::test]
async fn prompt_none_without_a_session_at_the_provider_ends_on_a_page() {
    play_with_defaults("prompt_none_without_a_session").await;
}

#[tokio::test]
async fn prompt_none_with_a_session_at_the_provider_signs_in_silently() {
    play_with_defaults("prompt_none_with_a_session").await;
}

#[tokio::test]
async fn failed_prompt_none_keeps_the_session() {
    play_with_defaults("prompt_none_that_fails_keeps_the_session").await;
}

#[tokio::test]
async fn prompt_login_asks_again_and_admits_another_user() {
    play_with_defaults("prompt_login").await;
}

#[tokio::test]
async fn three_concurrent_tabs_all_sign_in() {
    play_with_defaults("three_tabs").await;
}

#[tokio::test]
async fn oldest_of_seven_tabs_also_signs_in() {
    play_with_defaults("seven_tabs").await;
}

#[tokio::test]
async fn code_in_a_cross_site_form_post_signs_in() {
    play("form_post", &[], |settings, _| {
        settings.variable("QUICKSTART_RESPONSE_MODE", "form_post")
    })
    .await;
}

#[tokio::test]
async fn blocked_cookies_end_on_a_page_without_a_loop() {
    play_with_defaults("cookies_blocked").await;
}

#[tokio::test]
async fn popup_reports_sign_in_to_its_opener() {
    play_with_defaults("popup").await;
}

#[tokio::test]
async fn popup_reports_nothing_to_a_foreign_origin() {
    play_with_defaults("popup_of_a_foreign_origin").await;
}

#[tokio::test]
async fn cross_origin_post_with_cookie_is_rejected() {
    play_with_defaults("cross_origin_post").await;
}

#[tokio::test]
async fn expired_session_is_401_for_scripts_and_silent_sign_in() {
    play(
        "expiry_mid_visit",
        &["lifetimes?access_token=4"],
        |settings, _| settings,
    )
    .await;
}

#[tokio::test]
async fn back_button_after_sign_out_shows_nothing() {
    play_with_defaults("sign_out_and_back").await;
}

#[tokio::test]
async fn sign_out_follows_redirects_to_another_origin() {
    play("sign_out_to_another_origin", &[], |settings, opener| {
        settings.leaving_to(&format!("{opener}/"))
    })
    .await;
}

#[tokio::test]
async fn page_under_a_service_worker_is_sent_to_sign_in() {
    play("service_worker", &[], |settings, opener| {
        settings.found_at(opener)
    })
    .await;
}

#[tokio::test]
async fn form_without_a_session_gets_a_page_with_a_link() {
    play_with_defaults("form_without_a_session").await;
}

#[tokio::test]
async fn prefetched_links_leave_the_sign_in_under_way() {
    play_with_defaults("speculation").await;
}

#[tokio::test]
async fn copied_cookie_after_sign_out_is_rejected_in_browser() {
    play_with_defaults("replay_after_sign_out").await;
}
