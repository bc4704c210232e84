//! What template functions do to text: escaping, letter case, hosts and ports.

use std::{fmt::Write, net::IpAddr};

use model::quote::quote;

/// `url.QueryEscape`.
pub(super) fn query_escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'_' | b'.' | b'~' => out.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => out.push(byte.into()),
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

/// `template.HTMLEscapeString`.
pub(super) fn html_escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0' => out.push('\u{fffd}'),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        }
    }
    out
}

/// `template.JSEscapeString`.
pub(super) fn js_escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '\'' | '"' => {
                out.push('\\');
                out.push(c);
            }
            '<' | '>' | '&' | '=' => drop(write!(out, "\\u{:04X}", u32::from(c))),
            _ if (c as u32) < 0x20 || !c.is_ascii() && quote(&c.to_string()).contains('\\') => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out
}

/// A pattern as Go's `regexp` quotes it in a panic: in back quotes where it can.
pub(super) fn regexp_quote(pattern: &str) -> String {
    let raw = !pattern.chars().any(|c| c == '`' || c == '\u{feff}' || c.is_control() && c != '\t');
    if raw { format!("`{pattern}`") } else { quote(pattern) }
}

/// The path of a URL, with its escapes undone.
pub(super) fn url_path(url: &str) -> String {
    let rest = match url.split_once("://") {
        Some((_, rest)) => rest.find(['/', '?', '#']).map_or("", |at| &rest[at..]),
        None => url,
    };
    let path = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
    let (mut bytes, mut i) = (Vec::with_capacity(path.len()), 0);
    while i < path.len() {
        let escape = path.get(i + 1..i + 3).filter(|_| path.as_bytes()[i] == b'%');
        if let Some(byte) = escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            i += 3;
        } else {
            bytes.push(path.as_bytes()[i]);
            i += 1;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `strings.ToUpper`, which maps character to character.
pub(super) fn upper(text: &str) -> String {
    text.chars().map(simple_upper).collect()
}

/// The upper case of a character if it is one character, else the character.
fn simple_upper(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => c,
    }
}

/// Upper case for the first letter of each word, the rest as it is.
///
/// Words are divided as by Unicode's default rules, in short: letters, digits, underscores and
/// marks belong to words, and so does one of `' . :` between two letters, or `' . , ;` between two
/// digits.
pub(super) fn title(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut cased = false;
    for (i, c) in chars.iter().copied().enumerate() {
        let is_word = is_word_char(c) || joins(&chars, i);
        if !is_word {
            cased = false;
            out.push(c);
        } else if !cased && c.is_alphabetic() && (c.is_lowercase() || c.is_uppercase()) {
            cased = true;
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
    }
    out
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn joins(chars: &[char], i: usize) -> bool {
    let (Some(before), Some(after)) = (i.checked_sub(1).map(|j| chars[j]), chars.get(i + 1)) else {
        return false;
    };
    let letters = before.is_alphabetic() && after.is_alphabetic();
    let digits = before.is_numeric() && after.is_numeric();
    match chars[i] {
        '\'' | '.' | '\u{2019}' => letters || digits,
        ':' | '\u{b7}' => letters,
        ',' | ';' => digits,
        _ => false,
    }
}

/// The host of `host:port`; anything else as it is.
pub(super) fn strip_port(text: &str) -> String {
    split_host_port(text).map_or(text, |(host, _)| host).to_owned()
}

/// The first part of the host of `host` or `host:port`, with the port; addresses as they are.
pub(super) fn strip_domain(text: &str) -> String {
    let (host, port) = split_host_port(text).unwrap_or((text, ""));
    if host.parse::<IpAddr>().is_ok() {
        return text.to_owned();
    }
    let host = host.split('.').next().unwrap_or(host);
    match port {
        "" => host.to_owned(),
        _ if host.contains(':') => format!("[{host}]:{port}"),
        _ => format!("{host}:{port}"),
    }
}

/// `net.SplitHostPort`; none where it returns an error.
fn split_host_port(text: &str) -> Option<(&str, &str)> {
    let colon = text.rfind(':')?;
    let port = &text[colon + 1..];
    let host = if let Some(inner) = text.strip_prefix('[') {
        let end = inner.find(']')?;
        if end + 2 != colon {
            return None;
        }
        &inner[..end]
    } else {
        let host = &text[..colon];
        if host.contains(':') {
            return None;
        }
        host
    };
    let clean = !host.contains(['[', ']']) && !port.contains(['[', ']']);
    clean.then_some((host, port))
}
