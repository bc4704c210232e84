//! Comments that keep findings quiet.
//!
//! `# watchfire: ignore[LINTS] reason` above a rule, or inside of it, is about that rule; above a
//! group, about the group; behind something, about that line. `# watchfire: ignore-file[LINTS]`
//! is about the file. Behind the brackets `until 2027-01-31` may say when it ends. pint's comments
//! are understood where a lint looks for the same. Mistakes that make a file unreadable stay.
//! Start at [`Suppressions`]; `comment` reads a comment, `scope` says what it is about, `review` what is
//! wrong with it.

mod comment;
mod pint;
mod review;
mod scope;

use diagnostics::{Finding, Span};
use rules::RuleFile;

use self::{comment::Directive, scope::Scope};
use crate::{LINTS, Lint, Options, Selection, lint::Check};

pub use comment::Day;

/// What is left of a file's findings.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// What no comment keeps quiet, and what is wrong with comments.
    pub findings: Vec<Finding>,
    /// How many findings comments keep quiet.
    pub n_suppressed: usize,
}

/// The comments of a file that keep findings quiet.
#[derive(Debug, Default)]
pub struct Suppressions(Vec<Suppression>);

/// A comment that keeps findings quiet, with what it is about.
#[derive(Debug)]
struct Suppression {
    /// The comment, in bytes of the file.
    span: Span,
    is_trailing: bool,
    directive: Directive,
    /// None where it is about nothing.
    scope: Option<Scope>,
    /// Which words have kept something quiet.
    used: Vec<bool>,
}

impl Suppressions {
    /// The comments of a file that say something to us.
    pub fn of(file: &RuleFile) -> Self {
        let own = file.comments.iter().map(|c| (c.span, c.is_trailing, false));
        let mut found: Vec<Suppression> = own
            .chain(scope::inside_expressions(file))
            .filter_map(|(span, is_trailing, is_inside)| {
                let text = span.of(&file.source.text);
                let directive = comment::parse(text, span.start)?;
                let scope = if directive.is_for_file {
                    Some(Scope::File)
                } else {
                    scope::of(file, span, is_trailing, is_inside)
                };
                let used = vec![false; directive.words.len()];
                Some(Suppression { span, is_trailing, directive, scope, used })
            })
            .collect();
        found.sort_by_key(|suppression| suppression.span);
        Self(found)
    }

    /// The selection with the lints that they name, also those that are off: whether such a comment
    /// is of use does not depend on what a run looks for.
    pub fn judged(&self, selection: &Selection) -> Selection {
        let mut all = selection.clone();
        for suppression in &self.0 {
            for word in suppression.directive.words.iter().filter(|word| !word.is_wide()) {
                let off = LINTS.iter().filter(|lint| word.means(lint) && !selection.is_on(lint));
                for lint in off.filter(|lint| can_be_judged(lint)) {
                    all.select(lint.name).expect("it is a lint");
                }
            }
        }
        all
    }

    /// Takes away what they keep quiet, and says what is wrong with them. `findings` are all of
    /// their file, those of lints that [`Suppressions::judged`] added among them.
    pub fn settle(
        mut self,
        file: &RuleFile,
        options: &Options,
        selection: &Selection,
        findings: Vec<Finding>,
    ) -> Settled {
        let suppressions = &mut self.0;
        if suppressions.is_empty() {
            return Settled { findings, n_suppressed: 0 };
        }
        let mut settled = Settled::default();
        for finding in findings {
            let Some(lint) = LINTS.iter().find(|lint| lint.name == finding.diagnostic.code) else {
                settled.findings.push(finding);
                continue;
            };
            let is_quiet = silence(suppressions, lint, finding.diagnostic.span, options);
            match (selection.is_on(lint), is_quiet) {
                (true, true) => settled.n_suppressed += 1,
                (true, false) => settled.findings.push(finding),
                (false, _) => {}
            }
        }
        let own = review::review(file, options, selection, suppressions);
        settled.findings.extend(own.into_iter().filter(|finding| {
            let lint = LINTS.iter().find(|lint| lint.name == finding.diagnostic.code);
            !lint.is_some_and(|lint| silence(suppressions, lint, None, options))
        }));
        settled
    }
}

/// Whether a file and what else is checked with it says if a lint finds something in it. Those
/// that look across files depend on which are given.
fn can_be_judged(lint: &Lint) -> bool {
    matches!(lint.check, Check::Rule(_) | Check::File(_))
}

/// Whether a comment keeps the finding quiet.
fn silence(
    suppressions: &mut [Suppression],
    lint: &Lint,
    span: Option<Span>,
    options: &Options,
) -> bool {
    let mut is_quiet = false;
    for suppression in suppressions.iter_mut() {
        let is_about = suppression.scope.is_some_and(|scope| scope.holds(span));
        if !is_about {
            continue;
        }
        let is_over = suppression.directive.is_over(options.today);
        for (word, used) in suppression.directive.words.iter().zip(&mut suppression.used) {
            if word.means(lint) {
                *used = true;
                is_quiet |= !is_over;
            }
        }
    }
    is_quiet
}
