//! Matchers as Alertmanager writes them: `severity="critical"`, `team=~"a|b"`, or several between
//! braces, with quotes only where they are needed.
//!
//! As package `matcher/parse` of Alertmanager, and its older reader where that one gives up.

use diagnostics::Span;
use model::{MatchOp, Matcher};

/// The matchers of a text with the bytes that each takes, or what is wrong and where.
pub fn parse(text: &str) -> Result<Vec<(Matcher, Span)>, (Span, String)> {
    let mut at = skip_blanks(text, 0);
    let mut end = text.trim_end().len().max(at);
    let whole = Span::new(at, end);
    if text[at..end].starts_with('{') {
        if !text[at..end].ends_with('}') || end - at < 2 {
            return Err((whole, "expected `}` at the end".to_owned()));
        }
        (at, end) = (at + 1, end - 1);
    }
    let mut matchers = Vec::new();
    at = skip_blanks(text, at);
    while at < end {
        let (matcher, next) = one(text, at, end)?;
        matchers.push((matcher, Span::new(at, next)));
        at = skip_blanks(text, next);
        if at >= end {
            break;
        }
        if !text[at..].starts_with(',') {
            return Err((Span::new(at, end), "expected a comma between matchers".to_owned()));
        }
        at = skip_blanks(text, at + 1);
    }
    Ok(matchers)
}

fn skip_blanks(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start().len()
}

/// A matcher that begins at a byte, and the byte behind it.
fn one(text: &str, start: usize, end: usize) -> Result<(Matcher, usize), (Span, String)> {
    let (name, at) = word(text, start, end, &['=', '!', '~', ','])?;
    if name.is_empty() {
        return Err((Span::new(start, end), "expected a label name".to_owned()));
    }
    let at = skip_blanks(text, at);
    let signs = [
        ("=~", MatchOp::Regex),
        ("!~", MatchOp::NotRegex),
        ("!=", MatchOp::NotEqual),
        ("=", MatchOp::Equal),
    ];
    let found = signs.iter().find(|(sign, _)| text[at..end].starts_with(sign));
    let Some((sign, op)) = found else {
        return Err((Span::new(at, end), "expected =, !=, =~ or !~".to_owned()));
    };
    let from = skip_blanks(text, at + sign.len()).min(end);
    let (value, next) = word(text, from, end, &[','])?;
    match Matcher::new(&name, *op, &value) {
        Ok(matcher) => Ok((matcher, next)),
        Err(error) => Err((Span::new(from, next), error.to_string())),
    }
}

/// A quoted text, or everything up to one of the stops.
fn word(
    text: &str,
    start: usize,
    end: usize,
    stops: &[char],
) -> Result<(String, usize), (Span, String)> {
    if !text[start..end].starts_with('"') {
        let rest = &text[start..end];
        let length = rest.find(|c| stops.contains(&c)).unwrap_or(rest.len());
        let bare = rest[..length].trim_end();
        return Ok((unescape(bare), start + bare.len()));
    }
    let mut escaped = false;
    for (i, c) in text[start..end].char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Ok((unescape(&text[start + 1..start + i]), start + i + 1)),
            _ => {}
        }
    }
    Err((Span::new(start, end), "the quote is not closed".to_owned()))
}

/// `\"`, `\\` and `\n`; another backslash stands for itself.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some(next @ ('"' | '\\' | 'n'))) => {
                out.push(if next == 'n' { '\n' } else { next });
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let shown = match parse(text) {
            Ok(matchers) => {
                let each = matchers.iter().map(|(m, span)| format!("{m}@{}", span.of(text)));
                each.collect::<Vec<_>>().join(" ")
            }
            Err((span, message)) => format!("{}: {message}", span.of(text)),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn matchers_alone_and_in_braces() {
        check(r#"severity="critical""#, r#"severity="critical"@severity="critical""#);
        check("severity = critical", r#"severity="critical"@severity = critical"#);
        check(r#"team=~"a|b""#, r#"team=~"a|b"@team=~"a|b""#);
        check(
            r#"{a="x,y", b!=c,"d e"!~"f.*"}"#,
            r#"a="x,y"@a="x,y" b!="c"@b!=c "d e"!~"f.*"@"d e"!~"f.*""#,
        );
        check("{}", "");
        check("", "");
        check(r#"a="say \"hi\"""#, r#"a="say \"hi\""@a="say \"hi\"""#);
        check("a=", r#"a=""@a="#);
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        check("severity", ": expected =, !=, =~ or !~");
        check("{a=b", "{a=b: expected `}` at the end");
        check(r#"a="b"#, r#""b: the quote is not closed"#);
        check(r#"a="b" c="d""#, r#"c="d": expected a comma between matchers"#);
        check(r#"a=~"(""#, r#""(": error parsing regexp: missing closing ): `(`"#);
        check("=x", "=x: expected a label name");
    }
}
