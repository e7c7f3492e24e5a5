//! One entry of the tables.

/// The cause and the remedy of one code. Plain text with code in backticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    code: &'static str,
    status: Option<u16>,
    cause: &'static str,
    remedy: &'static str,
}

impl Advice {
    pub(super) const fn new(
        code: &'static str,
        status: Option<u16>,
        cause: &'static str,
        remedy: &'static str,
    ) -> Self {
        Self {
            code,
            status,
            cause,
            remedy,
        }
    }

    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// Returns the HTTP status of the response, for [`Topic::Rejection`](super::Topic::Rejection).
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        self.status
    }

    /// Returns what leads to the code.
    #[must_use]
    pub const fn cause(&self) -> &'static str {
        self.cause
    }

    /// Returns what to do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        self.remedy
    }
}

/// Declares a table: `status: "code" … => "cause", "remedy";` with `-` for no status.
macro_rules! advice {
    (@status -) => {
        None
    };
    (@status $status:literal) => {
        Some($status)
    };
    ($name:ident: $($status:tt: $($code:literal)+ => $cause:literal, $remedy:literal;)+) => {
        pub(super) const $name: &[Advice] = &[$($(
            Advice::new($code, advice!(@status $status), $cause, $remedy),
        )+)+];
    };
}

pub(super) use advice;
