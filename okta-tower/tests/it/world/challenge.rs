//! A strict reader of `WWW-Authenticate` (RFC 9110 section 11.6.1), with the rules of RFC 6750
//! section 3.

use std::fmt;

/// One challenge: a scheme and its parameters, names in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    pub(crate) scheme: String,
    pub(crate) params: Vec<(String, String)>,
}

/// What is wrong with a field, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    why: &'static str,
    at: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.why, self.at)
    }
}

impl Challenge {
    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| &**value)
    }

    /// Whether the challenge follows RFC 6750: the scheme, at least one parameter, and allowed
    /// characters.
    pub(crate) fn is_bearer(&self) -> bool {
        let legal = |(name, value): &(String, String)| match name.as_str() {
            "error" | "error_description" => value.bytes().all(is_described),
            "scope" => {
                !value.is_empty()
                    && (value.split(' '))
                        .all(|scope| !scope.is_empty() && scope.bytes().all(is_scope))
            }
            _ => true,
        };
        self.scheme.eq_ignore_ascii_case("Bearer")
            && !self.params.is_empty()
            && self.params.iter().all(legal)
    }
}

/// Reads one field value as a list of challenges. Empty list elements are errors here, because
/// senders must not send them, and so are token68 challenges.
pub(crate) fn parse(field: &str) -> Result<Vec<Challenge>, Malformed> {
    let mut reader = Reader {
        field: field.as_bytes(),
        at: 0,
    };
    let mut challenges: Vec<Challenge> = Vec::new();
    loop {
        let name = reader.token()?;
        let blanks = reader.blanks();
        if reader.peek() == Some(b'=') {
            // A further parameter of the challenge before.
            let value = reader.value()?;
            let Some(challenge) = challenges.last_mut() else {
                return Err(reader.malformed("a parameter before any scheme"));
            };
            reader.add(challenge, &name, value)?;
        } else {
            let mut challenge = Challenge {
                scheme: name,
                params: Vec::new(),
            };
            if blanks > 0 && reader.peek().is_some_and(is_token) {
                let name = reader.token()?;
                reader.blanks();
                let value = reader.value()?;
                reader.add(&mut challenge, &name, value)?;
            }
            challenges.push(challenge);
        }
        reader.blanks();
        match reader.next() {
            None => return Ok(challenges),
            Some(b',') => reader.blanks(),
            Some(_) => return Err(reader.malformed("neither a comma nor the end")),
        };
    }
}

struct Reader<'f> {
    field: &'f [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.field.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn malformed(&self, why: &'static str) -> Malformed {
        Malformed { why, at: self.at }
    }

    fn blanks(&mut self) -> usize {
        let from = self.at;
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        self.at - from
    }

    fn token(&mut self) -> Result<String, Malformed> {
        let mut token = String::new();
        while let Some(byte) = self.peek().filter(|byte| is_token(*byte)) {
            token.push(char::from(byte));
            self.at += 1;
        }
        if token.is_empty() {
            return Err(self.malformed("no token"));
        }
        Ok(token)
    }

    /// `"=" BWS ( token / quoted-string )`
    fn value(&mut self) -> Result<String, Malformed> {
        if self.next() != Some(b'=') {
            return Err(self.malformed("no equals sign"));
        }
        self.blanks();
        if self.peek() != Some(b'"') {
            return self.token();
        }
        self.at += 1;
        let mut value = String::new();
        loop {
            let byte = match self.next() {
                None => return Err(self.malformed("an open quoted string")),
                Some(b'"') => return Ok(value),
                Some(b'\\') => (self.next()).ok_or(self.malformed("nothing after a backslash"))?,
                Some(byte) => byte,
            };
            if !matches!(byte, b'\t' | b' '..=b'~') {
                return Err(self.malformed("a character that no quoted string of ours should hold"));
            }
            value.push(char::from(byte));
        }
    }

    fn add(&self, challenge: &mut Challenge, name: &str, value: String) -> Result<(), Malformed> {
        let name = name.to_ascii_lowercase();
        if challenge.get(&name).is_some() {
            return Err(self.malformed("a parameter twice"));
        }
        challenge.params.push((name, value));
        Ok(())
    }
}

/// `tchar` of RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_described(byte: u8) -> bool {
    matches!(byte, 0x20 | 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

fn is_scope(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}
