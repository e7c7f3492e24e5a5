//! Payloads as nearly all are written: no white space, no escapes, whole numbers, lists of strings, nothing nested.
//!
//! Such a payload is read in a third of the time. Whatever is written in another way is left to [`read_any`](super::read_any),
//! which knows all of JSON and says what is wrong; so nothing is refused here, and what is accepted here is read as it is read
//! there.

use std::borrow::Cow;

use super::{Payload, Values};
use crate::{
    base::json::{RAW_VALUE, bit},
    bearer::token::values::{Date, Lone},
};

/// How many members a payload that is read here may have.
const MAX_MEMBERS: usize = 24;

/// How many strings the lists of most tokens hold at most.
const FEW_STRINGS: usize = 24;

/// How many digits a number that is read here may have: those of every number that 64 bits can hold.
const MAX_DIGITS: usize = 18;

/// Takes the claims, where the whole payload is plain. Whether it is; where not, `payload` is worth nothing.
pub(super) fn read<'p>(text: &'p str, groups_claim: &str, payload: &mut Payload<'p>) -> bool {
    has_neither_escape_nor_control(text.as_bytes())
        && read_members(&mut Reader { text, at: 0 }, groups_claim, payload).is_ok()
}

fn read_members<'p>(
    reader: &mut Reader<'p>,
    groups_claim: &str,
    payload: &mut Payload<'p>,
) -> Result<(), NotPlain> {
    let (mut names, mut filter) = ([""; MAX_MEMBERS], 0);
    payload.strings.reserve(FEW_STRINGS);
    reader.expect(b'{')?;
    for count in 0..MAX_MEMBERS {
        let name = reader.string()?;
        reader.expect(b':')?;
        // Each name once, as in `json::Names`.
        let bit = bit(name);
        let may_be_there = filter & bit != 0;
        if name == RAW_VALUE || (may_be_there && names[..count].contains(&name)) {
            return Err(NotPlain);
        }
        filter |= bit;
        names[count] = name;
        payload.member(name, groups_claim, reader, |_| ())?;
        match reader.next()? {
            b',' => {}
            b'}' if reader.at == reader.text.len() => return Ok(()),
            _ => return Err(NotPlain),
        }
    }
    Err(NotPlain)
}

/// Each byte of a word 1.
const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// The highest bit of some byte, if a byte of the word is below `limit`, which is 128 at most. Bytes above such a one may have
/// theirs too.
const fn below(limit: u8, word: u64) -> u64 {
    word.wrapping_sub(ONES * limit as u64) & !word & (ONES << 7)
}

/// Whether no byte is a `\\` or below a space. To the end, whatever comes: so the compiler looks at many at once.
fn has_neither_escape_nor_control(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks();
    let mut odd = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        odd |= below(b' ', word) | below(1, word ^ (ONES * u64::from(b'\\')));
    }
    odd == 0 && (rest.iter()).all(|byte| *byte >= b' ' && *byte != b'\\')
}

/// It is for the other reader.
struct NotPlain;

/// A text without escapes and control characters, read up to somewhere.
struct Reader<'p> {
    text: &'p str,
    at: usize,
}

impl<'p> Reader<'p> {
    fn peek(&self) -> Result<u8, NotPlain> {
        self.text.as_bytes().get(self.at).copied().ok_or(NotPlain)
    }

    fn next(&mut self) -> Result<u8, NotPlain> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    fn expect(&mut self, byte: u8) -> Result<(), NotPlain> {
        if self.next()? == byte {
            Ok(())
        } else {
            Err(NotPlain)
        }
    }

    /// A string: all up to the next quotation mark, as there is no escape anywhere.
    fn string(&mut self) -> Result<&'p str, NotPlain> {
        self.expect(b'"')?;
        let start = self.at;
        let end = start + quotation_mark(&self.text.as_bytes()[start..])?;
        self.at = end + 1;
        self.text.get(start..end).ok_or(NotPlain)
    }

    /// A whole number from 0 on, in few digits.
    fn number(&mut self) -> Result<i64, NotPlain> {
        let start = self.at;
        let mut number = 0;
        while let Ok(digit @ b'0'..=b'9') = self.peek() {
            self.at += 1;
            if self.at - start > MAX_DIGITS {
                return Err(NotPlain);
            }
            number = number * 10 + i64::from(digit - b'0');
        }
        match &self.text.as_bytes()[start..self.at] {
            [] | [b'0', _, ..] => Err(NotPlain),
            _ => Ok(number),
        }
    }

    fn list(&mut self, mut element: impl FnMut(&'p str)) -> Result<(), NotPlain> {
        self.expect(b'[')?;
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            element(self.string()?);
            match self.next()? {
                b',' => {}
                b']' => return Ok(()),
                _ => return Err(NotPlain),
            }
        }
    }
}

impl<'p> Values<'p> for Reader<'p> {
    type Error = NotPlain;

    fn text(&mut self) -> Result<Cow<'p, str>, NotPlain> {
        self.string().map(Cow::Borrowed)
    }

    fn id(&mut self) -> Result<Cow<'p, str>, NotPlain> {
        match self.string()? {
            "" => Err(NotPlain),
            text => Ok(Cow::Borrowed(text)),
        }
    }

    fn date(&mut self) -> Result<Date, NotPlain> {
        Date::whole(self.number()?).ok_or(NotPlain)
    }

    fn strings(&mut self, lone: Lone, strings: &mut Vec<Cow<'p, str>>) -> Result<(), NotPlain> {
        if self.peek()? == b'"' {
            strings.extend(lone.split(self.string()?).map(Cow::Borrowed));
            return Ok(());
        }
        self.list(|string| strings.push(Cow::Borrowed(string)))
    }

    fn groups(&mut self, groups: &mut Vec<Cow<'p, str>>) -> Result<(), NotPlain> {
        self.list(|string| groups.push(Cow::Borrowed(string)))
    }

    fn skip(&mut self) -> Result<(), NotPlain> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'[' => self.list(drop),
            b'0'..=b'9' => self.number().map(drop),
            _ => {
                let rest = &self.text.as_bytes()[self.at..];
                let is_next = |word: &&str| rest.starts_with(word.as_bytes());
                let word = ["true", "false", "null"].into_iter().find(is_next);
                self.at += word.ok_or(NotPlain)?.len();
                Ok(())
            }
        }
    }
}

/// Where the first quotation mark stands.
fn quotation_mark(bytes: &[u8]) -> Result<usize, NotPlain> {
    // Eight by eight. The lowest bit is right: no borrow comes from below it.
    let (words, rest) = bytes.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let zeros = below(1, u64::from_le_bytes(*word) ^ (ONES * u64::from(b'"')));
        if zeros != 0 {
            return Ok(place * 8 + zeros.trailing_zeros() as usize / 8);
        }
    }
    let place = rest.iter().position(|byte| *byte == b'"');
    Ok(words.len() * 8 + place.ok_or(NotPlain)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::bearer::token::payload::read_any;

    /// As Okta writes it.
    const USUAL: &str = concat!(
        r#"{"ver":1,"jti":"AT.kD3x","iss":"https://example.okta.com/oauth2/default","aud":"api://default","#,
        r#""iat":1767268800,"exp":1767272400,"cid":"0oa1","uid":"00u1","scp":["openid","reports:read"],"#,
        r#""auth_time":1767268000,"sub":"ada@example.com","groups":["Everyone","d\u{e9}partement"],"#,
        r#""staff":true,"boss":null,"floor":0,"desks":[],"scope":"a b  c"}"#,
    );

    /// Whether it is read here: then as the other reader reads it.
    fn is_plain(text: &str) -> bool {
        let mut payload = Payload::default();
        let is_plain = read(text, "groups", &mut payload);
        assert!(
            !is_plain || read_any(text, "groups").is_ok_and(|other| other == payload),
            "{text}"
        );
        is_plain
    }

    #[test]
    fn a_token_as_okta_writes_it_is_plain_and_one_that_is_written_otherwise_is_not() {
        let usual = USUAL.replace("\\u{e9}", "\u{e9}");
        assert!(is_plain(&usual) && is_plain(r#"{"sub":""}"#));
        for (part, other) in [
            (r#""ver":1"#, r#""ver": 1"#),
            (r#""ver":1"#, r#""ver":1.0"#),
            (r#""ver":1"#, r#""ver":-1"#),
            (r#""ver":1"#, r#""ver":01"#),
            (r#""ver":1"#, r#""ver":1234567890123456789"#),
            (r#""ver":1"#, r#""ver":{"a":1}"#),
            (r#""ver":1"#, r#""ver":[[]]"#),
            (r#""ver":1"#, r#""ver":[1]"#),
            (r#""ver":1"#, r#""ver":truE"#),
            (r#""ver":1"#, r#""ver":nullx"#),
            (r#""ver":1"#, r#""sub":"eve""#),
            (r#""ver":1"#, r#""$serde_json::private::RawValue":"{}""#),
            ("AT.kD3x", r"AT.\u0041"),
            ("AT.kD3x", "AT.\n"),
            ("00u1", ""),
            ("0oa1", ""),
            (r#""exp":1767272400"#, r#""exp":"1767272400""#),
            (r#""exp":1767272400"#, r#""exp":253402300800"#),
            (r#""scp":["openid","#, r#""scp":["openid",,"#),
            (r#""desks":[]"#, r#""desks":[,]"#),
            (r#""desks":[]"#, r#""desks":["a",]"#),
            (r#""groups":["Everyone","#, r#""groups":[7,"#),
            ("}", "}}"),
            ("}", ",}"),
            ("}", ""),
            ("{", "["),
        ] {
            let text = usual.replacen(part, other, 1);
            assert_ne!(text, usual);
            assert!(!is_plain(&text), "{text}");
        }
        let members: Vec<String> = (0..=MAX_MEMBERS).map(|n| format!(r#""{n}":1"#)).collect();
        assert!(!is_plain(&format!("{{{}}}", members.join(","))));
        assert!(is_plain(&format!("{{{}}}", members[1..].join(","))));
        assert!(!is_plain("{}") && !is_plain(""));
    }

    #[test]
    fn every_escape_and_control_character_is_found_wherever_it_stands() {
        for length in 1..40 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    for around in [b' ', b']', 0x80, 0xff] {
                        let mut text = vec![around; length];
                        text[place] = byte;
                        let is_odd = byte == b'\\' || byte < b' ';
                        assert_eq!(has_neither_escape_nor_control(&text), !is_odd, "{text:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn whatever_byte_stands_anywhere_what_is_read_here_is_read_as_it_is_there() {
        let usual = USUAL.replace("\\u{e9}", "\u{e9}");
        for place in (0..usual.len()).filter(|place| usual.is_char_boundary(*place)) {
            let rest = usual[place..].chars().next().map_or(0, char::len_utf8);
            for other in "\"\\{}[]:,.-+0129eEtfn \t\n\u{0}\u{1f}\u{7f}ax\u{e9}".chars() {
                let (before, after) = (&usual[..place], &usual[place + rest..]);
                is_plain(&format!("{before}{other}{after}"));
                is_plain(&format!("{before}{other}{}", &usual[place..]));
                is_plain(&format!("{before}{after}"));
            }
            is_plain(&usual[..place]);
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let text = prop_oneof!["[a-z. :]{0,20}", any::<String>()];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (0..2_000_000_000_i64).prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 12, 4, |inner| {
            prop::collection::vec(inner, 0..4).prop_map(Value::from)
        })
    }

    fn any_name() -> impl Strategy<Value = String> {
        let claims = [
            "iss",
            "sub",
            "aud",
            "exp",
            "nbf",
            "iat",
            "auth_time",
            "jti",
            "uid",
            "cid",
            "client_id",
            "scp",
            "scope",
            "groups",
            "acr",
            "amr",
            "cnf",
            "nonce",
            "at_hash",
            "events",
        ];
        prop_oneof![
            4 => prop::sample::select(claims.to_vec()).prop_map(String::from),
            1 => "[a-z_]{0,12}",
            1 => any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn any_object_that_is_read_here_is_read_as_it_is_there(
            members in prop::collection::vec((any_name(), any_value()), 1..20),
        ) {
            // Names may stand in it twice.
            let member = |(name, value): &(String, Value)| format!("{}:{value}", json!(name));
            let text = members.iter().map(member).collect::<Vec<_>>().join(",");
            is_plain(&format!("{{{text}}}"));
        }

        #[test]
        fn a_quotation_mark_is_found_where_it_stands(text in "[^\"]{0,40}", rest in any::<String>()) {
            let found = quotation_mark(format!("{text}\"{rest}").as_bytes()).ok();
            prop_assert_eq!(found, Some(text.len()));
            prop_assert!(quotation_mark(text.as_bytes()).is_err());
        }
    }
}
