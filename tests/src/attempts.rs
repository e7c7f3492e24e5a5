//! The commands that an example prints, sent as requests.

/// Sends each request with its `Authorization` header, compares the status with the printed one,
/// and returns the number of requests.
///
/// # Panics
/// If there is no response, or a different status.
pub async fn answered_as_expected<'a>(
    url: &str,
    attempts: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> usize {
    let client = reqwest::Client::new();
    let mut count = 0;
    for (authorization, expected) in attempts {
        let request = client.get(url).header("authorization", authorization);
        let answer = request.send().await.expect("a response");
        assert_eq!(answer.status().as_str(), expected, "attempt {count}");
        count += 1;
    }
    count
}
