//! Syntax errors in the words of `libyaml`, which Prometheus's users know.

/// The message of `libyaml` for a message of `granit-parser`, which stands at the beginning of
/// `rest`; its own where there is none.
pub(crate) fn in_words_of_libyaml(found: &str, rest: &str) -> String {
    let words = match found {
        "simple key expected ':'" => "could not find expected ':'",
        "unclosed quote" => "found unexpected end of stream",
        "while parsing node, found unknown anchor" => {
            let name = rest.trim_start_matches('*').split([' ', ',', ']', '}', '\r', '\n']).next();
            return format!("unknown anchor '{}' referenced", name.unwrap_or_default());
        }
        _ if found.starts_with("invalid trailing content") => "did not find expected key",
        _ if found.starts_with("misplaced bracket") => "did not find expected node content",
        _ if found.starts_with("unexpected character: ") => {
            "found character that cannot start any token"
        }
        // "while parsing a block mapping, did not find expected key"
        _ => match found.split_once(", ") {
            Some((context, message)) if context.starts_with("while ") => message,
            _ => found,
        },
    };
    words.to_owned()
}
