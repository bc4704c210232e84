//! Label matchers: `=`, `!=`, `=~`, `!~`.
//!
//! A matcher judges one label value; a missing label has the value "".

use std::fmt;

use crate::{Labels, Regex, RegexError, labels::is_legacy_label_name, quote::quote_bytes};

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`, anchored at both ends
    Regex,
    /// `!~`, anchored at both ends
    NotRegex,
}

impl MatchOp {
    /// The operator as written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Regex => "=~",
            Self::NotRegex => "!~",
        }
    }
}

/// A label name, an operator and a value or pattern.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// The label that is looked at. U+FFFD stands for bytes that are no UTF-8.
    pub name: Box<str>,
    /// How it is compared.
    pub op: MatchOp,
    /// The value or the pattern as written. U+FFFD stands for bytes that are no UTF-8.
    pub value: Box<str>,
    regex: Option<Regex>,
    raw: Option<Box<Raw>>,
}

/// What was written where it is no UTF-8. No label has such a name or such a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Raw {
    name: Option<Box<[u8]>>,
    value: Option<Box<[u8]>>,
}

impl Matcher {
    /// A matcher; fails where the pattern is no regular expression of Go's dialect.
    pub fn new(name: &str, op: MatchOp, value: &str) -> Result<Self, RegexError> {
        let regex = match op {
            MatchOp::Equal | MatchOp::NotEqual => None,
            MatchOp::Regex | MatchOp::NotRegex => Some(Regex::anchored(value)?),
        };
        Ok(Self { name: name.into(), op, value: value.into(), regex, raw: None })
    }

    /// A matcher whose name and value were perhaps written with bytes that are no UTF-8.
    pub fn from_bytes(name: &[u8], op: MatchOp, value: &[u8]) -> Result<Self, RegexError> {
        if let (Ok(name), Ok(value)) = (str::from_utf8(name), str::from_utf8(value)) {
            return Self::new(name, op, value);
        }
        let no_text = |bytes: &[u8]| str::from_utf8(bytes).is_err().then(|| Box::from(bytes));
        let raw = Raw { name: no_text(name), value: no_text(value) };
        let (name, text) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value));
        let regex = match op {
            MatchOp::Equal | MatchOp::NotEqual => None,
            MatchOp::Regex | MatchOp::NotRegex => Some(Regex::anchored_bytes(value)?),
        };
        Ok(Self { name: name.into(), op, value: text.into(), regex, raw: Some(Box::new(raw)) })
    }

    /// `name="value"`, which cannot fail.
    pub fn equal(name: &str, value: &str) -> Self {
        Self { name: name.into(), op: MatchOp::Equal, value: value.into(), regex: None, raw: None }
    }

    /// The pattern of `=~` and `!~`.
    pub fn regex(&self) -> Option<&Regex> {
        self.regex.as_ref()
    }

    /// The matcher that lets through what this one does not.
    #[must_use]
    pub fn negated(&self) -> Self {
        let op = match self.op {
            MatchOp::Equal => MatchOp::NotEqual,
            MatchOp::NotEqual => MatchOp::Equal,
            MatchOp::Regex => MatchOp::NotRegex,
            MatchOp::NotRegex => MatchOp::Regex,
        };
        Self { op, ..self.clone() }
    }

    /// The name as it was written.
    pub fn name_bytes(&self) -> &[u8] {
        let raw = self.raw.as_ref().and_then(|raw| raw.name.as_deref());
        raw.unwrap_or(self.name.as_bytes())
    }

    /// The value or the pattern as it was written.
    pub fn value_bytes(&self) -> &[u8] {
        let raw = self.raw.as_ref().and_then(|raw| raw.value.as_deref());
        raw.unwrap_or(self.value.as_bytes())
    }

    /// Whether name and value are text. If not, no label has the name or the value.
    pub fn is_utf8(&self) -> bool {
        self.raw.is_none()
    }

    /// Whether a label value satisfies the matcher.
    pub fn matches(&self, value: &str) -> bool {
        match (self.op, &self.regex) {
            (MatchOp::Equal, _) => self.value_bytes() == value.as_bytes(),
            (MatchOp::NotEqual, _) => self.value_bytes() != value.as_bytes(),
            (MatchOp::Regex, Some(regex)) => regex.is_match(value),
            (_, Some(regex)) => !regex.is_match(value),
            (_, None) => unreachable!("a regex matcher holds its regex"),
        }
    }

    /// Whether a label set satisfies the matcher.
    pub fn matches_labels(&self, labels: &Labels) -> bool {
        let named = self.raw.as_ref().is_none_or(|raw| raw.name.is_none());
        self.matches(if named { labels.value(&self.name) } else { "" })
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value, &self.raw)
            == (&other.name, other.op, &other.value, &other.raw)
    }
}

impl Eq for Matcher {}

impl std::hash::Hash for Matcher {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (&self.name, self.op, &self.value).hash(state);
    }
}

/// `name="value"`, as Prometheus prints it: the name in quotes where it needs them.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = quote_bytes(self.value_bytes());
        if is_legacy_label_name(&self.name) {
            write!(f, "{}{}{value}", self.name, self.op.as_str())
        } else {
            write!(f, "{}{}{value}", quote_bytes(self.name_bytes()), self.op.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_equal_nothing() {
        let check = |name: &[u8], op, value: &[u8], matches: bool, shown: &str| {
            let matcher = Matcher::from_bytes(name, op, value).unwrap();
            let labels = Labels::from_pairs([("a", "\u{fffd}"), ("\u{fffd}", "b")]);
            assert_eq!(matcher.matches_labels(&labels), matches, "{matcher}");
            assert_eq!(matcher.to_string(), shown);
        };
        check(b"a", MatchOp::Equal, b"\xff", false, r#"a="\xff""#);
        check(b"a", MatchOp::NotEqual, b"\xff", true, r#"a!="\xff""#);
        check(b"\xff", MatchOp::Equal, b"b", false, r#""\xff"="b""#);
        check(b"\xff", MatchOp::Regex, b".*", true, r#""\xff"=~".*""#);
        check(b"\xff", MatchOp::Equal, b"", true, r#""\xff"="""#);
        check(b"a", MatchOp::Regex, b"\xff|b", false, r#"a=~"\xff|b""#);
        let error = Matcher::from_bytes(b"a", MatchOp::Regex, b"x+\xffz").unwrap_err();
        assert_eq!(error.to_string(), "error parsing regexp: invalid UTF-8: `\u{fffd}z`");
        assert_ne!(
            Matcher::from_bytes(b"a", MatchOp::Equal, b"\xff").unwrap(),
            Matcher::equal("a", "\u{fffd}")
        );
    }
}
