//! `watchfire check`: everything that is wrong with rule files, in one run.
//!
//! `discover` says which files are meant, `read` makes rules of them, `lint` judges the rules, and
//! `report` shows what was found. Start at [`run`].

mod args;
pub(crate) mod discover;
pub(crate) mod parallel;
mod read;
mod report;

use std::{collections::HashSet, sync::Arc};

use diagnostics::Finding;
use lint::{Options, Selection, World};
use promql::ParseOptions;
use rules::RuleFile;

use crate::{
    Exit,
    features::Features,
    output::{self, Out},
};
use discover::{Discovered, Input};
use read::Read;
use report::Report;

pub(crate) use args::CheckArgs;

pub(crate) fn run(args: &CheckArgs, features: Features, out: &mut Out) -> anyhow::Result<Exit> {
    let selection = selection(&args.lints)?;
    let found = discover::discover(&args.paths, args.stdin_filename.as_deref());
    for error in &found.missing {
        output::complain(error);
    }
    let is_complete = found.missing.is_empty();
    let read = Checked::read(found, features.syntax);
    let options = Options::default();
    let report = read.judge(&selection, &options);
    report.print(&args.report, out);
    let fails = args.report.fail_on.unwrap_or_default();
    Ok(match report.findings.iter().any(|f| fails.fails(f.diagnostic.severity)) {
        _ if !is_complete => Exit::Usage,
        true => Exit::Findings,
        false => Exit::Fine,
    })
}

/// What the command line says of lints.
fn selection(args: &args::LintArgs) -> anyhow::Result<Selection> {
    let mut selection = Selection::default();
    selection.preview = args.preview;
    for word in &args.select {
        selection.select(word)?;
    }
    for word in &args.ignore {
        selection.ignore(word)?;
    }
    for (word, level) in &args.severity {
        selection.set_severity(word, *level)?;
    }
    Ok(selection)
}

/// Everything that was read.
#[derive(Default)]
struct Checked {
    files: Vec<RuleFile>,
    /// About files that are no rule files, or cannot be read.
    problems: Vec<Finding>,
    /// All that was looked at.
    names: Vec<String>,
    /// Files that held other things.
    n_skipped: usize,
    seen: HashSet<String>,
}

impl Checked {
    fn read(found: Discovered, syntax: ParseOptions) -> Self {
        let mut checked = Self::default();
        for (folder, why) in found.unreadable {
            let name = folder.display().to_string();
            checked.unreadable(read::unreadable(&name, &format!("cannot be read: {why}")));
        }
        let mut inputs = found.inputs;
        while !inputs.is_empty() {
            inputs.retain(|input| checked.seen.insert(input.name.clone()));
            let results = parallel::map(&inputs, |input| read::read(input, syntax));
            inputs = results.into_iter().flat_map(|result| checked.add(result)).collect();
        }
        checked
    }

    /// Takes what came of a file; the answer is files that it names.
    fn add(&mut self, result: Read) -> Vec<Input> {
        match result {
            Read::Rules(file) => {
                self.names.push(file.source.name.clone());
                self.files.push(file);
            }
            Read::Config { name, problems, rule_files } => {
                self.names.push(name);
                self.problems.extend(problems);
                return rule_files;
            }
            Read::Unreadable(finding) => self.unreadable(finding),
            Read::Skipped => self.n_skipped += 1,
        }
        Vec::new()
    }

    fn unreadable(&mut self, finding: Finding) {
        self.names.push(finding.source.name.clone());
        self.problems.push(finding);
    }

    fn judge(self, selection: &Selection, options: &Options) -> Report {
        let world = World::new(&self.files, options);
        let indices: Vec<usize> = (0..self.files.len()).collect();
        let judged = parallel::map(&indices, |&index| judge_file(&world, index, selection));
        let mut findings = self.problems;
        findings.extend(judged.into_iter().flatten());
        findings.extend(lint::check_across(&world, selection));
        Report {
            files: self.names,
            n_rules: self.files.iter().map(RuleFile::n_rules).sum(),
            n_skipped: self.n_skipped,
            findings,
        }
    }
}

/// What is wrong with a file: why it cannot be read, and what lints find.
fn judge_file(world: &World<'_>, index: usize, selection: &Selection) -> Vec<Finding> {
    let file = &world.files[index];
    let errors = file.errors.iter().map(|error| &error.diagnostic);
    let told = errors.chain(&file.warnings).map(|diagnostic| Finding {
        source: Arc::clone(&file.source),
        diagnostic: diagnostic.clone(),
    });
    told.chain(lint::check_file(world, index, selection)).collect()
}
