//! Fixes: applied round by round until none is left, then written.
//!
//! No file that could be read becomes one that cannot: each text is read again before it counts,
//! and a fix that would break it is left out and told.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    sync::Arc,
};

use anyhow::Context;
use diagnostics::{Applicability, Finding, Fix, Source, apply};
use rules::{ReadOptions, RuleFile};

use super::{
    judge::{Judged, Session},
    scope::Scope,
};
use crate::{
    diff,
    output::{self, Out, count},
    replace,
};

/// Fixes are applied so often at most; one that undoes another would never end.
const MAX_ROUNDS: usize = 20;

/// What fixes did.
#[derive(Default)]
pub(super) struct Fixed {
    /// What is left to find.
    pub(super) judged: Judged,
    /// How many findings were remedied.
    pub(super) n_findings: usize,
    /// The texts before, of files that have others now.
    before: BTreeMap<usize, Arc<Source>>,
    /// Fixes that would have broken their file: its name, the code, the message.
    dropped: HashSet<(String, &'static str, String)>,
    /// Whether a file could not be written.
    pub(super) has_failed: bool,
}

/// Applies fixes to the texts of a session, and judges what they are then.
pub(super) fn run(
    session: &mut Session,
    scope: &Scope,
    with_unsafe: bool,
    options: ReadOptions,
) -> Fixed {
    let judge = |session: &Session| {
        let mut judged = session.judge();
        scope.filter(session, &mut judged);
        judged
    };
    let mut fixed = Fixed { judged: judge(session), ..Fixed::default() };
    for _ in 0..MAX_ROUNDS {
        let mut is_changed = false;
        for index in 0..session.files.len() {
            is_changed |= fixed.one(session, index, with_unsafe, options);
        }
        if !is_changed {
            break;
        }
        fixed.judged = judge(session);
    }
    for (file, code, _) in sorted(&fixed.dropped) {
        let text = format!("{file}: a fix of {code} was left out: the file could not be read then");
        output::note("warning", &text);
    }
    fixed
}

impl Fixed {
    /// Applies the fixes of a file; whether any was.
    fn one(
        &mut self,
        session: &mut Session,
        index: usize,
        with_unsafe: bool,
        options: ReadOptions,
    ) -> bool {
        let file = &session.files[index];
        let findings = self.judged.findings.iter();
        let wanted: Vec<&Finding> = findings
            .filter(|finding| Arc::ptr_eq(&finding.source, &file.source))
            .filter(|finding| is_wanted(finding, with_unsafe) && !self.is_dropped(finding))
            .collect();
        if wanted.is_empty() {
            return false;
        }
        let fixes: Vec<&Fix> = wanted.iter().filter_map(|f| f.diagnostic.fix.as_ref()).collect();
        let applied = apply(&file.source.text, &fixes);
        if let Some(read) = accepted(file, applied.text, options) {
            let n_fixed = applied.n_applied;
            return self.take(session, index, read, n_fixed);
        }
        // One of them breaks it: the first that does not goes in, the others come in later rounds.
        let (mut first, mut dropped) = (None, Vec::new());
        for (finding, fix) in wanted.into_iter().zip(fixes) {
            match accepted(file, apply(&file.source.text, &[fix]).text, options) {
                Some(read) => first = first.or(Some(read)),
                None => dropped.push(key(finding)),
            }
        }
        self.dropped.extend(dropped);
        first.is_some_and(|read| self.take(session, index, read, 1))
    }

    fn take(
        &mut self,
        session: &mut Session,
        index: usize,
        read: RuleFile,
        n_fixed: usize,
    ) -> bool {
        let old = std::mem::replace(&mut session.files[index], read);
        let is_changed = old.source.text != session.files[index].source.text;
        self.before.entry(index).or_insert(old.source);
        self.n_findings += n_fixed;
        is_changed
    }

    fn is_dropped(&self, finding: &Finding) -> bool {
        !self.dropped.is_empty() && self.dropped.contains(&key(finding))
    }

    /// How many files have other texts.
    pub(super) fn n_files(&self) -> usize {
        self.before.len()
    }

    /// Shows what changes.
    pub(super) fn show(&self, session: &Session, out: &mut Out) {
        for (index, before) in &self.before {
            let after = &session.files[*index].source;
            out.print(&diff::unified(&after.name, &before.text, &after.text, out.has_color()));
        }
    }

    /// Writes what changed; a file that changed meanwhile is left alone.
    pub(super) fn write(&mut self, session: &Session, out: &mut Out) {
        for (index, before) in &self.before {
            let after = &session.files[*index].source;
            let Some(path) = &session.inputs[*index].path else {
                out.print(&after.text);
                continue;
            };
            let written = fs::read(path).map_err(anyhow::Error::new).and_then(|now| {
                anyhow::ensure!(now == before.text.as_bytes(), "it changed meanwhile");
                Ok(replace::replace(path, &after.text)?)
            });
            if let Err(error) = written.with_context(|| format!("cannot write {}", after.name)) {
                output::complain(&error);
                self.has_failed = true;
            }
        }
    }

    /// `2 findings in 1 file`.
    pub(super) fn summary(&self) -> String {
        format!("{} in {}", count(self.n_findings, "finding"), count(self.n_files(), "file"))
    }
}

fn is_wanted(finding: &Finding, with_unsafe: bool) -> bool {
    let fix = finding.diagnostic.fix.as_ref();
    fix.is_some_and(|fix| with_unsafe || fix.applicability == Applicability::Safe)
}

fn key(finding: &Finding) -> (String, &'static str, String) {
    let diagnostic = &finding.diagnostic;
    (finding.source.name.clone(), diagnostic.code, diagnostic.message.clone())
}

fn sorted<T: Ord>(set: &HashSet<T>) -> Vec<&T> {
    let mut all: Vec<&T> = set.iter().collect();
    all.sort();
    all
}

/// The file with another text, if that reads no worse.
fn accepted(file: &RuleFile, text: String, options: ReadOptions) -> Option<RuleFile> {
    let read = rules::read(&Source::new(file.source.name.clone(), text), &options);
    (read.errors.len() <= file.errors.len()).then_some(read)
}
