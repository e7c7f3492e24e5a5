//! Strings of a token's payload, held as places in its text.
//!
//! A token has a few dozen strings. Copying each would cost more than reading the payload.

/// Where a string stands in the text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Returns the string. Spans and their text are made together, so the place exists.
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

/// Finds the places of strings that were read from a payload.
///
/// A string that was written with escapes is no piece of the payload: it is appended behind it.
#[derive(Debug)]
pub(crate) struct SpanBuilder<'p> {
    payload: &'p str,
    behind: String,
}

impl<'p> SpanBuilder<'p> {
    pub(crate) fn of(payload: &'p str) -> Self {
        Self {
            payload,
            behind: String::new(),
        }
    }

    /// Returns the place of a string.
    pub(crate) fn take(&mut self, string: &str) -> Span {
        let offset = (string.as_ptr() as usize).wrapping_sub(self.payload.as_ptr() as usize);
        // Both strings are alive, so an address inside the payload means a piece of it.
        let is_piece = offset <= self.payload.len() && string.len() <= self.payload.len() - offset;
        let start = if is_piece {
            offset
        } else {
            let start = self.payload.len() + self.behind.len();
            self.behind.push_str(string);
            start
        };
        // Tokens, and so payloads, are limited to far less than 4 GiB.
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span {
            start: place(start),
            end: place(start + string.len()),
        }
    }

    /// Returns what must be appended to the payload: nothing, unless there were escapes.
    pub(crate) fn behind(self) -> String {
        self.behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_found_and_unescaped_strings_appended() {
        let payload = String::from(r#"{"sub":"ada","name":"\u0061da"}"#);
        let mut pieces = SpanBuilder::of(&payload);
        let inside = pieces.take(&payload[8..11]);
        let unescaped = pieces.take(&String::from("ada"));
        let nothing = pieces.take("");
        let another = pieces.take(&String::from("lovelace"));
        let behind = pieces.behind();
        assert_eq!(behind, "adalovelace");
        let text = payload + &behind;
        assert_eq!(inside.start, 8);
        for (span, string) in [
            (inside, "ada"),
            (unescaped, "ada"),
            (nothing, ""),
            (another, "lovelace"),
        ] {
            assert_eq!(span.of(&text), string);
        }
    }
}
