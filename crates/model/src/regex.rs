//! Regular expressions of Go's dialect (RE2 syntax with Perl classes), on `regex-automata`.
//!
//! A pattern is translated, not passed on: the dialects differ in what they accept and in what
//! the same text means. See `parse` for the reading, `translate` for the writing.

use std::fmt;

use regex_automata::meta;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Regex {
    program: meta::Regex,
}

/// Why a pattern was refused, in the words of Go's regexp library:
/// ``error parsing regexp: missing closing ): `(.*` ``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexError(pub String);

impl Regex {
    /// A pattern that must match the whole value, with `.` matching newlines: `^(?s:…)$`.
    pub fn anchored(pattern: &str) -> Result<Self, RegexError> {
        Self::compile(&format!("^(?s:{pattern})$"))
    }

    /// A pattern that may match anywhere, as Go's `regexp.Compile`.
    pub fn unanchored(pattern: &str) -> Result<Self, RegexError> {
        Self::compile(pattern)
    }

    fn compile(pattern: &str) -> Result<Self, RegexError> {
        match meta::Regex::new(pattern) {
            Ok(program) => Ok(Self { program }),
            Err(e) => Err(RegexError(format!("error parsing regexp: {e}"))),
        }
    }

    /// Whether the pattern matches.
    pub fn is_match(&self, text: &str) -> bool {
        self.program.is_match(text)
    }
}

impl fmt::Display for RegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RegexError {}
