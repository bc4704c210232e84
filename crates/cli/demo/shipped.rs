//! The rules: the shipped ones, which are part of the binary, or a folder's.

use std::{fs, path::Path};

use anyhow::Context;
use promql::ParseOptions;

use crate::{
    output,
    rule_paths::{self, Kind},
};

/// A rule file: its name and its text.
pub(super) type File = (String, String);

/// The shipped rule files, unchanged.
const SHIPPED: [(&str, &str); 6] = [
    ("performance.yml", include_str!("../../../rules/performance.yml")),
    ("database.yml", include_str!("../../../rules/database.yml")),
    ("cache.yml", include_str!("../../../rules/cache.yml")),
    ("infrastructure.yml", include_str!("../../../rules/infrastructure.yml")),
    ("business.yml", include_str!("../../../rules/business.yml")),
    ("sla.yml", include_str!("../../../rules/sla.yml")),
];

/// The shipped rule files.
pub(super) fn files() -> Vec<File> {
    SHIPPED.map(|(name, text)| (format!("rules/{name}"), text.to_owned())).into()
}

/// A rule file, or those of a folder.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<File>> {
    let mut files = Vec::new();
    for file in rule_paths::expand(path)? {
        let name = file.display().to_string();
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {name}"))?;
        if rule_paths::kind(&text) == Kind::Rules {
            files.push((name, text));
        }
    }
    anyhow::ensure!(!files.is_empty(), "there are no rule files in {}", path.display());
    Ok(files)
}

/// The groups of all files; none after errors, which go to standard error.
pub(super) fn parse(files: &[File]) -> Option<Vec<rules::Group>> {
    let (mut groups, mut n_errors) = (Vec::new(), 0);
    for (name, text) in files {
        let parsed = rules::parse(name, text, &ParseOptions::default());
        for error in &parsed.errors {
            output::note_diagnostic(name, text, &error.diagnostic);
        }
        n_errors += parsed.errors.len();
        groups.extend(parsed.groups);
    }
    if n_errors > 0 {
        output::complain(&anyhow::anyhow!("the rules can not be used: {n_errors} errors"));
        return None;
    }
    Some(groups)
}
