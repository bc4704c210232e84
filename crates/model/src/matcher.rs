//! Label matchers: `=`, `!=`, `=~`, `!~`.
//!
//! A matcher judges one label value; a missing label has the value "".

use std::fmt;

use crate::{Labels, Regex, RegexError, labels::is_legacy_label_name, quote::quote};

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
    /// The label that is looked at.
    pub name: Box<str>,
    /// How it is compared.
    pub op: MatchOp,
    /// The value or the pattern as written.
    pub value: Box<str>,
    regex: Option<Regex>,
}

impl Matcher {
    /// A matcher; fails where the pattern is no regular expression of Go's dialect.
    pub fn new(name: &str, op: MatchOp, value: &str) -> Result<Self, RegexError> {
        let regex = match op {
            MatchOp::Equal | MatchOp::NotEqual => None,
            MatchOp::Regex | MatchOp::NotRegex => Some(Regex::anchored(value)?),
        };
        Ok(Self { name: name.into(), op, value: value.into(), regex })
    }

    /// `name="value"`, which cannot fail.
    pub fn equal(name: &str, value: &str) -> Self {
        Self { name: name.into(), op: MatchOp::Equal, value: value.into(), regex: None }
    }

    /// Whether a label value satisfies the matcher.
    pub fn matches(&self, value: &str) -> bool {
        match (self.op, &self.regex) {
            (MatchOp::Equal, _) => *self.value == *value,
            (MatchOp::NotEqual, _) => *self.value != *value,
            (MatchOp::Regex, Some(regex)) => regex.is_match(value),
            (_, Some(regex)) => !regex.is_match(value),
            (_, None) => unreachable!("a regex matcher holds its regex"),
        }
    }

    /// Whether a label set satisfies the matcher.
    pub fn matches_labels(&self, labels: &Labels) -> bool {
        self.matches(labels.value(&self.name))
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value) == (&other.name, other.op, &other.value)
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
        if is_legacy_label_name(&self.name) {
            write!(f, "{}{}{}", self.name, self.op.as_str(), quote(&self.value))
        } else {
            write!(f, "{}{}{}", quote(&self.name), self.op.as_str(), quote(&self.value))
        }
    }
}
