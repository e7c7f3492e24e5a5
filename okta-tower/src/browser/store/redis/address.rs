//! The address of Redis: `redis://[user:password@]host[:port][/database]`.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use redis::RedisConnectionInfo;
use url::Url;

use super::failure::Failure;
use crate::base::secret::Secret;

/// The default port of `redis://` and `rediss://`.
const PORT: u16 = 6379;

/// A parsed address.
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) is_tls: bool,
    /// User and password.
    pub(super) login: RedisConnectionInfo,
    pub(super) database: u32,
    /// Host and port, for messages.
    pub(super) shown: Arc<str>,
}

impl Address {
    /// Parses an address. No error quotes it: after a typo, even the host may be part of a
    /// password.
    pub(super) fn parse(address: &Secret) -> Result<Self, Failure> {
        let url = Url::parse(address.expose()).map_err(|_| {
            Failure::Setting(
                "the address of Redis is not a URL; use redis://user:password@host:port/database \
                 and percent-encode special characters of the password",
            )
        })?;
        let is_tls = match url.scheme() {
            "redis" | "valkey" => false,
            "rediss" | "valkeys" => true,
            _ => {
                let problem = "invalid scheme of the address of Redis; use redis:// or rediss://";
                return Err(Failure::Setting(problem));
            }
        };
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Failure::Setting(
                "the address of Redis has a ?query or a #fragment; percent-encode these characters \
                 in a password as %3F and %23",
            ));
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host
            .and_then(decoded)
            .ok_or(Failure::Setting("the address of Redis has no host"))?;
        let port = url.port().unwrap_or(PORT);
        Ok(Self {
            shown: format!("{host}:{port}").into(),
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            is_tls,
            login: login(&url)?,
            database: database(&url)?,
        })
    }
}

fn login(url: &Url) -> Result<RedisConnectionInfo, Failure> {
    let problem = "the user or password of Redis is not UTF-8";
    let user = decoded(url.username()).ok_or(Failure::Setting(problem))?;
    let password = url
        .password()
        .map(|password| decoded(password).ok_or(Failure::Setting(problem)));
    let mut login = RedisConnectionInfo::default().set_skip_set_lib_name();
    match (user.is_empty(), password.transpose()?) {
        (is_default, Some(password)) => {
            login = login.set_password(password);
            if !is_default {
                login = login.set_username(user);
            }
        }
        (true, None) => {}
        (false, None) => {
            let problem = "the address of Redis has a user but no password; write a password \
                           without a user as redis://:password@host";
            return Err(Failure::Setting(problem));
        }
    }
    Ok(login)
}

fn database(url: &Url) -> Result<u32, Failure> {
    let problem = "invalid path of the address of Redis; use a database number: redis://host/0";
    match url.path().trim_start_matches('/') {
        "" => Ok(0),
        number => number.parse().map_err(|_| Failure::Setting(problem)),
    }
}

fn decoded(text: &str) -> Option<String> {
    let text = percent_decode_str(text).decode_utf8().ok()?;
    Some(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(address: &str) -> Result<Address, Failure> {
        Address::parse(&Secret::new(address))
    }

    #[test]
    fn address_parts_are_parsed() {
        let address = parse("redis://localhost").unwrap();
        assert_eq!((&*address.host, address.port), ("localhost", 6379));
        assert!(!address.is_tls);
        assert_eq!(address.database, 0);
        assert_eq!(
            (address.login.username(), address.login.password()),
            (None, None)
        );

        let address = parse("rediss://ada:p%40ss%3Aw%23rd@[::1]:6380/3").unwrap();
        assert_eq!((&*address.host, address.port), ("::1", 6380));
        assert_eq!(&*address.shown, "[::1]:6380");
        assert!(address.is_tls);
        assert_eq!(address.database, 3);
        assert_eq!(address.login.username(), Some("ada"));
        assert_eq!(address.login.password(), Some("p@ss:w#rd"));

        let address = parse("redis://:alone@10.0.0.1/").unwrap();
        assert_eq!(
            (address.login.username(), address.login.password()),
            (None, Some("alone"))
        );
        assert!(parse("valkeys://cache.example").unwrap().is_tls);
    }

    #[test]
    fn malformed_address_is_rejected_and_not_quoted() {
        for address in [
            "",
            "localhost:6379",
            "http://secret@localhost",
            "redis:secret",
            "redis://",
            "redis:///0",
            "redis://secret@localhost",
            "redis://:secret@localhost/zero",
            "redis://:secret@localhost/-1",
            "redis://:secret@localhost/0/1",
            "redis://:sec#ret@localhost",
            "redis://:sec?ret@localhost",
            "redis://:secret@localhost?protocol=resp3",
            "redis://:secret@localhost:99999",
            "redis://:%FF@localhost",
        ] {
            let Err(failure) = parse(address) else {
                panic!("{address} was accepted");
            };
            let printed = format!("{failure} {failure:?}");
            assert!(
                !printed.contains("secret") && !printed.contains("sec#"),
                "{printed}"
            );
        }
    }
}
