//! An address to listen on.

use std::{fmt, str::FromStr};

/// `HOST:PORT`. Without a host it is loopback: to be reachable from elsewhere has to be written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListenAddress(String);

impl ListenAddress {
    /// As sockets are bound to it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
        let is_host =
            !host.contains([':', '/', '@']) || (host.starts_with('[') && host.ends_with(']'));
        let is_port = port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
        if !is_host || !is_port {
            return Err(format!("`{text}` is no address, expected one such as 127.0.0.1:9099"));
        }
        let host = if host.is_empty() { "127.0.0.1" } else { host };
        Ok(Self(format!("{host}:{port}")))
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_host_it_is_loopback() {
        let parse = |text: &str| text.parse::<ListenAddress>().map(|a| a.0);
        for text in ["9099", ":9099", "127.0.0.1:9099"] {
            assert_eq!(parse(text).as_deref(), Ok("127.0.0.1:9099"));
        }
        for text in ["0.0.0.0:80", "[::]:0", "localhost:1"] {
            assert_eq!(parse(text).as_deref(), Ok(text));
        }
        for text in ["", "localhost", "http://localhost:1", "::1:5", "a:65536", "a:+1", "a:"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
