//! The commands that an example prints, sent as whoever pastes them would.

/// Sends each request with its `Authorization` header, holds the status against the one that was printed, and says how many there
/// were.
///
/// # Panics
/// Where nobody answers, or with another status.
pub async fn answered_as_expected<'a>(
    url: &str,
    attempts: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> usize {
    let client = reqwest::Client::new();
    let mut count = 0;
    for (authorization, expected) in attempts {
        let request = client.get(url).header("authorization", authorization);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_str(), expected, "attempt {count}");
        count += 1;
    }
    count
}
