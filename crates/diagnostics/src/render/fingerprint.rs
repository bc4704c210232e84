//! What tells a finding from others, today and after lines have moved.

use std::collections::HashSet;

use xxhash_rust::xxh64::xxh64;

use crate::Finding;

/// Fingerprints of one document's findings.
#[derive(Default)]
pub(super) struct Fingerprints {
    given: HashSet<u64>,
}

impl Fingerprints {
    /// A hash of file, code, message, subject and marked text; the same finding once more in one
    /// document gets another, in the order in which they come.
    pub(super) fn of(&mut self, finding: &Finding) -> String {
        let Finding { source, diagnostic } = finding;
        let marked = diagnostic.span.map_or("", |span| source.glimpse(span));
        let subject = diagnostic.subject.as_deref().unwrap_or("");
        let parts = [&source.name, diagnostic.code, &diagnostic.message, subject, marked];
        let identity = parts.join("\0");
        let mut salt = 0;
        let mut hash = xxh64(identity.as_bytes(), salt);
        while !self.given.insert(hash) {
            salt += 1;
            hash = xxh64(identity.as_bytes(), salt);
        }
        format!("{hash:016x}")
    }
}
