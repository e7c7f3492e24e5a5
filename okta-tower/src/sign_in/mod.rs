//! The sign-in service and layer. Feature `sign-in`.

mod parts;

pub(crate) use self::parts::Parts;
