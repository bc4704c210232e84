//! Who found it, and what is known of each kind of finding beyond its message.

use std::collections::BTreeMap;

use crate::Severity;

/// The program, as formats for machines name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tool {
    /// Such as `watchfire`.
    pub name: String,
    /// Such as `0.1.0`.
    pub version: String,
    /// Where it is described.
    pub url: Option<String>,
    /// By code. Codes that are missing here are shown all the same.
    pub catalogue: BTreeMap<String, Entry>,
}

/// What is known of a code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// One sentence: what is found.
    pub summary: String,
    /// Why it matters and what to do, in Markdown.
    pub explanation: String,
    /// The page about it.
    pub url: Option<String>,
    /// The severity unless a finding says otherwise.
    pub severity: Severity,
}

impl Tool {
    /// A program without a catalogue.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self { name: name.into(), version: version.into(), ..Self::default() }
    }

    /// With what is known of a code.
    #[must_use]
    pub fn with(mut self, code: impl Into<String>, entry: Entry) -> Self {
        self.catalogue.insert(code.into(), entry);
        self
    }

    /// The page about a code.
    pub fn url_of(&self, code: &str) -> Option<&str> {
        self.catalogue.get(code)?.url.as_deref()
    }
}
