//! The query of a list of users.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{error::ApiError, expression::Expression};

/// The most users that Okta returns on a page.
const MAX_PAGE_SIZE: u16 = 200;

/// Selects the users of [`Users::list`](super::Users::list).
///
/// ```
/// use okta_tower::api::{Expression, UserQuery};
///
/// let research = Expression::eq("profile.department", "Research");
/// let query = UserQuery::new().search(research).page_size(50);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is given to `Users::list`"]
pub struct UserQuery {
    search: Option<Expression>,
    filter: Option<Expression>,
    page_size: u16,
}

impl Default for UserQuery {
    fn default() -> Self {
        Self::new()
    }
}

impl UserQuery {
    /// Selects all users whose account is not deactivated.
    pub fn new() -> Self {
        Self {
            search: None,
            filter: None,
            page_size: MAX_PAGE_SIZE,
        }
    }

    /// Selects users by any attribute, deactivated ones included. Recent changes may not be found
    /// yet.
    pub fn search(mut self, expression: Expression) -> Self {
        self.search = Some(expression);
        self
    }

    /// Selects users by current data and few attributes: `status`, `lastUpdated`, `id`,
    /// `profile.login`, `profile.email`, `profile.firstName`, `profile.lastName`.
    pub fn filter(mut self, expression: Expression) -> Self {
        self.filter = Some(expression);
        self
    }

    /// Sets the number of users per page: 1 to 200, which is the default and Okta's maximum.
    pub fn page_size(mut self, users: u16) -> Self {
        self.page_size = users.clamp(1, MAX_PAGE_SIZE);
        self
    }

    /// Sets the query of a URL.
    pub(super) fn write(&self, url: &mut Url) -> Result<(), ApiError> {
        let mut query = format!("limit={}", self.page_size);
        for (name, expression) in [("search", &self.search), ("filter", &self.filter)] {
            if let Some(expression) = expression {
                // Not form encoding: some parsers do not read a `+` as a space.
                let encoded = utf8_percent_encode(expression.checked()?, NON_ALPHANUMERIC);
                query += &format!("&{name}={encoded}");
            }
        }
        url.set_query(Some(&query));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(query: &UserQuery) -> Result<String, ApiError> {
        let mut url = Url::parse("https://a.okta.com/api/v1/users").unwrap();
        query.write(&mut url).map(|()| url.to_string())
    }

    #[test]
    fn query_values_are_encoded() {
        let plain = written(&UserQuery::new()).unwrap();
        assert_eq!(plain, "https://a.okta.com/api/v1/users?limit=200");
        let tricky = Expression::eq("profile.login", "a&limit=1#é+ \"");
        let url = written(&UserQuery::new().search(tricky).page_size(0)).unwrap();
        assert_eq!(
            url,
            "https://a.okta.com/api/v1/users?limit=1\
             &search=profile%2Elogin%20eq%20%22a%26limit%3D1%23%C3%A9%2B%20%5C%22%22"
        );
        assert!(
            written(&UserQuery::new().page_size(201))
                .unwrap()
                .ends_with("limit=200")
        );
        assert!(written(&UserQuery::new().filter(Expression::present("a b"))).is_err());
    }
}
