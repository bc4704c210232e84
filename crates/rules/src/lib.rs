//! Rule files: text to groups with positions, and the templates of their labels and annotations.
//!
//! It takes text and reads no files; evaluating rules is `engine`'s and `alert`'s business.
//! Start at [`parse`]; [`Template`] expands labels and annotations, [`yaml`] is the tree beneath.
#![warn(clippy::disallowed_methods, reason = "pure")]

mod error;
mod read;
mod rule;
pub mod template;
pub mod yaml;

use promql::ParseOptions;

pub use error::RuleError;
pub use rule::{Alerting, Group, Rule, RuleKind};
pub use template::{QueryFn, Template, TemplateContext};

/// What came of a rule file.
#[derive(Clone, Debug, Default)]
pub struct RuleFile {
    /// The groups, with the rules that nothing is wrong with. A file with errors must not be run:
    /// Prometheus refuses it whole.
    pub groups: Vec<Group>,
    /// Everything wrong: the file's shape first, then group by group.
    pub errors: Vec<RuleError>,
    /// What is odd but harmless.
    pub warnings: Vec<String>,
}

/// Reads a rule file. `file` is the name that its groups carry.
pub fn parse(file: &str, text: &str, options: &ParseOptions) -> RuleFile {
    read::read(file, text, *options)
}

impl RuleFile {
    /// The errors as Prometheus prints them after `FILE: `: mistakes of the file's shape are one
    /// error, which hides all others.
    pub fn to_prometheus(&self) -> Vec<String> {
        error::to_prometheus(&self.errors)
    }

    /// Rules in all groups.
    pub fn n_rules(&self) -> usize {
        self.groups.iter().map(|group| group.rules.len()).sum()
    }
}
