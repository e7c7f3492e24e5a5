//! Sign-in in a real browser: Chromium, the quickstart on `localhost`, and a certified provider on `127.0.0.1`, so that
//! the two are different sites as in life. What happens in each scenario stands in `tests/e2e/browser/scenarios`.

use cross_tests::{
    application::{Settings, free_port},
    browser,
    provider::Provider,
};

/// A provider, an application and a browser for one scenario alone. `prepare` changes the application's settings, and
/// `provider` names calls of the provider's control endpoint.
async fn play(
    scenario: &str,
    provider_settings: &[&str],
    prepare: impl FnOnce(Settings) -> Settings,
) {
    let (Some(chromium), Some(provider)) = (browser::chromium(), Provider::start()) else {
        return;
    };
    let opener = format!("http://localhost:{}", free_port());
    let settings = Settings::new(provider.issuer(), provider.client("app"));
    let settings = prepare(settings.variable("QUICKSTART_OPENER", &opener));
    provider
        .register(&settings.redirect_uri(), &settings.home())
        .await;
    for change in provider_settings {
        provider.change(change).await;
    }
    let application = settings.start().await;
    browser::play(scenario, &chromium, &provider, &application, &opener);
}

async fn play_plainly(scenario: &str) {
    play(scenario, &[], |settings| settings).await;
}

#[tokio::test]
async fn an_admin_sees_the_management_panel() {
    play_plainly("admin").await;
}

#[tokio::test]
async fn a_viewer_sees_the_read_only_panel() {
    play_plainly("viewer").await;
}

#[tokio::test]
async fn somebody_without_a_role_signs_in_and_sees_that_there_is_no_access() {
    play_plainly("nobody").await;
}

#[tokio::test]
async fn somebody_who_starts_at_the_front_page_comes_back_to_the_application() {
    play_plainly("from_the_front_page").await;
}

#[tokio::test]
async fn a_deep_link_is_restored_with_its_query_and_without_the_code() {
    play_plainly("deep_link").await;
}

#[tokio::test]
async fn whoever_asks_to_return_elsewhere_stays_at_the_application() {
    play_plainly("return_to_elsewhere").await;
}

#[tokio::test]
async fn after_a_wrong_password_the_right_one_leads_on() {
    play_plainly("wrong_password").await;
}

#[tokio::test]
async fn somebody_who_cancels_sees_a_page_that_says_nothing_of_the_provider_and_may_try_again() {
    play_plainly("cancelled").await;
}

#[tokio::test]
async fn prompt_none_without_a_session_at_the_provider_ends_on_a_page() {
    play_plainly("prompt_none_without_a_session").await;
}

#[tokio::test]
async fn prompt_none_with_a_session_at_the_provider_signs_in_silently() {
    play_plainly("prompt_none_with_a_session").await;
}

#[tokio::test]
async fn prompt_none_that_fails_leaves_the_session_alone() {
    play_plainly("prompt_none_that_fails_keeps_the_session").await;
}

#[tokio::test]
async fn prompt_login_asks_somebody_who_is_known_and_lets_another_person_in() {
    play_plainly("prompt_login").await;
}

#[tokio::test]
async fn three_tabs_that_sign_in_at_once_all_succeed() {
    play_plainly("three_tabs").await;
}

#[tokio::test]
async fn of_seven_tabs_the_oldest_ends_well_too() {
    play_plainly("seven_tabs").await;
}

#[tokio::test]
async fn a_code_that_comes_in_a_form_from_another_site_signs_in() {
    play("form_post", &[], |settings| {
        settings.variable("QUICKSTART_RESPONSE_MODE", "form_post")
    })
    .await;
}

#[tokio::test]
async fn blocked_cookies_end_on_a_page_that_says_so_and_in_no_loop() {
    play_plainly("cookies_blocked").await;
}

#[tokio::test]
async fn a_popup_tells_its_opener_that_the_sign_in_is_complete() {
    play_plainly("popup").await;
}

#[tokio::test]
async fn a_popup_that_a_strange_origin_opens_tells_it_nothing() {
    play_plainly("popup_of_a_stranger").await;
}

#[tokio::test]
async fn a_post_from_another_origin_is_refused_though_the_cookie_comes_along() {
    play_plainly("cross_origin_post").await;
}

#[tokio::test]
async fn a_session_that_ends_mid_visit_is_a_401_for_scripts_and_a_silent_sign_in_for_people() {
    play(
        "expiry_mid_visit",
        &["lifetimes?access_token=4"],
        |settings| settings,
    )
    .await;
}

#[tokio::test]
async fn after_signing_out_the_back_button_shows_nothing() {
    play_plainly("sign_out_and_back").await;
}

#[tokio::test]
async fn a_cookie_that_was_copied_before_is_dead_after_signing_out() {
    play_plainly("replay_after_sign_out").await;
}
