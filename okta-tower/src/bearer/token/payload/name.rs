//! The names of claims that decide anything, told from all others in a few comparisons: each new token has some twenty names.

/// Declares the names, each a variant of its own.
macro_rules! names {
    ($($variant:ident = $text:literal,)+) => {
        /// A name that is known here.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Name {
            $($variant,)+
        }

        impl Name {
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub(super) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The name that has this key, if one has.
            #[inline(always)]
            #[allow(non_upper_case_globals, reason = "the keys are named as the variants")]
            fn by_key(sought: (usize, u64)) -> Option<Self> {
                $(const $variant: (usize, u64) = key($text.as_bytes());)+
                match sought {
                    $($variant => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

names! {
    Acr = "acr",
    Amr = "amr",
    AtHash = "at_hash",
    Aud = "aud",
    AuthTime = "auth_time",
    CHash = "c_hash",
    Cid = "cid",
    ClientId = "client_id",
    Cnf = "cnf",
    Events = "events",
    Exp = "exp",
    Iat = "iat",
    Iss = "iss",
    Jti = "jti",
    Nbf = "nbf",
    Nonce = "nonce",
    SHash = "s_hash",
    Scope = "scope",
    Scp = "scp",
    Sub = "sub",
    Toe = "toe",
    Uid = "uid",
}

impl Name {
    #[inline(always)]
    pub(super) fn of(text: &str) -> Option<Self> {
        // Up to eight bytes the key is all of the name.
        Self::by_key(key(text.as_bytes())).filter(|name| text.len() <= 8 || name.as_str() == text)
    }
}

/// The length, and the first eight bytes as a number: of fewer, each of them, somewhere. Compilers make a search tree of numbers,
/// and of texts one comparison after the other.
#[inline(always)]
const fn key(text: &[u8]) -> (usize, u64) {
    let number = if let Some(first) = text.first_chunk() {
        u64::from_le_bytes(*first)
    } else if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        // They overlap, which is no harm.
        (u32::from_le_bytes(*first) as u64) | (u32::from_le_bytes(*last) as u64) << 32
    } else if let [first, .., last] = text {
        // Of three at most.
        (*first as u64) | (text[text.len() / 2] as u64) << 8 | (*last as u64) << 16
    } else {
        // No name is that short.
        0
    };
    (text.len(), number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other_text_that_is_close_to_one() {
        let names: Vec<&str> = Name::ALL.iter().map(|name| name.as_str()).collect();
        for name in Name::ALL {
            let text = name.as_str();
            assert_eq!(Name::of(text), Some(*name));
            for place in 0..text.len() {
                for byte in 0..=127_u8 {
                    let mut other = text.as_bytes().to_vec();
                    other[place] = byte;
                    let other = String::from_utf8(other).unwrap();
                    assert_eq!(
                        Name::of(&other).is_some(),
                        names.contains(&&*other),
                        "{other}"
                    );
                }
                let shorter = &text[..place];
                assert_eq!(Name::of(shorter).is_some(), names.contains(&shorter));
            }
            for longer in ["\0", " ", "s", "\0\0\0\0\0\0\0\0"] {
                assert_eq!(Name::of(&format!("{text}{longer}")), None, "{text}");
                assert_eq!(Name::of(&format!("{longer}{text}")), None, "{text}");
            }
        }
        for other in ["", "\0", "\0\0\0", "ver", "groups", "email_verified"] {
            assert_eq!(Name::of(other), None, "{other}");
        }
    }
}
