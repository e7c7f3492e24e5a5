//! The text of a token's claims, held once: each string is a piece of the payload, found by its place.
//!
//! A token has a few dozen strings. Copying each into memory of its own would cost more than reading the payload.

/// Where a string stands in the text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The string. Spans and their text are made together, so the place is always there.
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

/// Finds the places of strings that were read from a payload. What is no piece of it, because it was written with
/// escapes, is put behind it.
#[derive(Debug)]
pub(crate) struct Pieces<'p> {
    payload: &'p str,
    behind: String,
}

impl<'p> Pieces<'p> {
    pub(crate) fn of(payload: &'p str) -> Self {
        Self {
            payload,
            behind: String::new(),
        }
    }

    /// The place of a string.
    pub(crate) fn take(&mut self, string: &str) -> Span {
        let offset = (string.as_ptr() as usize).wrapping_sub(self.payload.as_ptr() as usize);
        // Two strings that are both there, at one address: one is a piece of the other.
        let is_piece = offset <= self.payload.len() && string.len() <= self.payload.len() - offset;
        let start = if is_piece {
            offset
        } else {
            let start = self.payload.len() + self.behind.len();
            self.behind.push_str(string);
            start
        };
        // Payloads are limited to far less than what 32 bits can count.
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span {
            start: place(start),
            end: place(start + string.len()),
        }
    }

    /// What has to stand behind the payload: nothing, unless there were escapes.
    pub(crate) fn behind(self) -> String {
        self.behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_found_in_place_and_what_is_none_is_put_behind() {
        let payload = String::from(r#"{"sub":"ada","name":"\u0061da"}"#);
        let mut pieces = Pieces::of(&payload);
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
