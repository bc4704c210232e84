//! Places in a configuration file: of errors, and of secrets that must not be shown.

use diagnostics::{Diagnostic, Span};
use serde::{Deserialize, de::IgnoredAny};
use serde_saphyr::{Error, Location, Spanned};

/// The code of everything that is wrong with a configuration.
const CODE: &str = "config";

/// An error at a place.
pub(super) fn error_at(location: Location, message: impl Into<String>) -> Diagnostic {
    let message = message.into();
    let span = span(location);
    Diagnostic { code: CODE, message, span, ..Diagnostic::default() }
}

/// What the YAML reader complains about, in our words.
pub(super) fn diagnostic(text: &str, error: &Error) -> Diagnostic {
    let location = error.location();
    let span = location.and_then(|at| span(at).or_else(|| span_from_line(text, at)));
    let message = error.without_snippet().to_string();
    let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
    // Advice for programmers follows.
    let message = message.split(", set Duplicate").next().unwrap_or(message);
    let message = message.split("; use from_str").next().unwrap_or(message);
    let (message, notes) = with_suggestion(message);
    let message = message.replace("expected mapping start", "expected a mapping (key: value)");
    let message = message.replace("expected sequence start", "expected a list");
    let message = message.replace("expected string scalar", "expected a single value");
    Diagnostic { code: CODE, message, span, notes, ..Diagnostic::default() }
}

/// The key that was meant instead of an unknown one, or all keys where none is like it.
fn with_suggestion(message: &str) -> (&str, Vec<String>) {
    let Some((what, expected)) = message.split_once(", expected one of ") else {
        return (message, Vec::new());
    };
    let known = || expected.split(", ").map(|key| key.trim_matches('`'));
    let given = what.split('`').nth(1).unwrap_or_default();
    let nearest = known().min_by_key(|key| distance(given, key));
    let note = match nearest.filter(|key| distance(given, key) <= 1 + given.len() / 4) {
        Some(key) => format!("help: did you mean `{key}`?"),
        None => format!("expected one of {}", known().collect::<Vec<_>>().join(", ")),
    };
    (what, vec![note])
}

/// How many bytes must be inserted, removed or replaced to make one text the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Passwords and tokens that stand in the file itself.
pub(super) fn inline_secrets(text: &str) -> Vec<Diagnostic> {
    // What can not be read here is reported elsewhere.
    let Ok(Some(file)) = serde_saphyr::from_str::<Option<SecretsOnly>>(text) else {
        return Vec::new();
    };
    let alertmanagers = file.alerting.and_then(|alerting| alerting.alertmanagers);
    let clients = file.source.into_iter().chain(alertmanagers.into_iter().flatten());
    clients.flat_map(ClientSecrets::report).collect()
}

/// The text with the values of `password`, `credentials` and the like replaced by asterisks, of
/// the same length, so that places stay what they are.
pub(super) fn without_secrets(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    // The indentation of a secret key whose value goes on in the next lines.
    let mut hidden_below = None;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let from = if hidden_below.is_some_and(|below| indent > below) {
            Some(0)
        } else {
            hidden_below = None;
            let value = secret_value(line);
            if value.is_some_and(|at| matches!(line[at..].trim(), "" | "|" | ">" | "|-" | ">-")) {
                hidden_below = Some(indent);
            }
            value
        };
        let (kept, hidden) = line.split_at(from.unwrap_or(line.len()));
        shown.push_str(kept);
        let hide =
            |c: char| if c.is_whitespace() { c.to_string() } else { "*".repeat(c.len_utf8()) };
        shown.extend(hidden.chars().map(hide));
    }
    shown
}

/// Where the value of a secret key begins in a line.
fn secret_value(line: &str) -> Option<usize> {
    const KEYS: [&str; 5] = ["password:", "credentials:", "secret:", "token:", "secrets:"];
    let found = KEYS.iter().filter_map(|key| line.find(key).map(|at| at + key.len()));
    found.min().or_else(|| {
        // A URL with a password in it.
        let user = line.find("://").map(|at| at + 3)?;
        let host = user + line[user..].find('@')?;
        (!line[user..host].contains(char::is_whitespace)).then_some(user)
    })
}

fn span(location: Location) -> Option<Span> {
    let bytes = location.span();
    let (start, len) = bytes.byte_offset().zip(bytes.byte_len())?;
    let start = usize::try_from(start).ok()?;
    Some(Span::new(start, start + usize::try_from(len).ok()?.max(1)))
}

/// The reader gives no bytes for some errors: they are looked up.
fn span_from_line(text: &str, location: Location) -> Option<Span> {
    let line = usize::try_from(location.line()).ok()?.checked_sub(1)?;
    let column = usize::try_from(location.column()).ok()?.checked_sub(1)?;
    let content = text.split_inclusive('\n').nth(line)?;
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let at = content.char_indices().nth(column).map_or(content.trim_end().len(), |(at, _)| at);
    Some(Span::new(before + at, before + at + 1))
}

#[derive(Deserialize)]
struct SecretsOnly {
    source: Option<ClientSecrets>,
    alerting: Option<AlertingSecrets>,
}

#[derive(Deserialize)]
struct AlertingSecrets {
    alertmanagers: Option<Vec<ClientSecrets>>,
}

#[derive(Deserialize)]
struct ClientSecrets {
    basic_auth: Option<BasicAuthSecrets>,
    authorization: Option<AuthorizationSecrets>,
}

#[derive(Deserialize)]
struct BasicAuthSecrets {
    password: Option<Spanned<IgnoredAny>>,
}

#[derive(Deserialize)]
struct AuthorizationSecrets {
    credentials: Option<Spanned<IgnoredAny>>,
}

impl ClientSecrets {
    fn report(self) -> Vec<Diagnostic> {
        let password = self.basic_auth.and_then(|auth| auth.password).map(|p| (p, "password"));
        let credentials = self.authorization.and_then(|auth| auth.credentials);
        let credentials = credentials.map(|c| (c, "credentials"));
        let report = |(value, key): (Spanned<IgnoredAny>, &str)| {
            let message = format!(
                "secrets are read from files or the environment: \
                 use `{key}_file` or `{key}_env` instead of `{key}`"
            );
            error_at(value.referenced, message)
        };
        [password, credentials].into_iter().flatten().map(report).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_blotted_out_and_nothing_moves() {
        let text = "a:\n  password: hünter2\n  next: 1\nb: {credentials: x, y: 1}\n\
                    c:\n  token: |\n    top\n    secret\nurl: http://u:p@h/\npassword_file: f\n";
        let shown = without_secrets(text);
        assert_eq!(shown.len(), text.len());
        assert_eq!(
            shown,
            "a:\n  password: ********\n  next: 1\nb: {credentials: ** ** **\n\
             c:\n  token: *\n    ***\n    ******\nurl: http://******\npassword_file: f\n"
        );
    }
}
