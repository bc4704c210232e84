//! Everything that a command line names, read.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use diagnostics::{Finding, Source};
use lint::Tests;
use rules::{ReadOptions, RuleFile};

use super::{
    discover::{Discovered, Input},
    parallel,
    progress::Progress,
    read::{self, Read},
    settings::Facts,
};

/// Everything that was read.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) files: Vec<RuleFile>,
    /// Where each of them is from.
    pub(super) inputs: Vec<Input>,
    /// About files that are no rule files, or cannot be read.
    pub(super) problems: Vec<Finding>,
    /// The names of all that was looked at.
    pub(super) names: Vec<String>,
    /// Files that held other things.
    pub(super) n_skipped: usize,
}

impl Gathered {
    /// Reads what was found, and what that names in turn.
    pub(super) fn read(found: Discovered, options: ReadOptions) -> Self {
        let mut gathered = Self::default();
        for (folder, why) in found.unreadable {
            let name = folder.display().to_string();
            gathered.problem(read::unreadable(&name, &format!("cannot be read: {why}")));
        }
        let (mut inputs, mut seen) = (found.inputs, HashSet::new());
        let mut may_repeat = found.may_repeat;
        while !inputs.is_empty() {
            inputs.retain(|input| seen.insert(input.name.clone()));
            let progress = Progress::new(inputs.len());
            let results = parallel::map(&inputs, |input| {
                let result = read::read(input, options);
                progress.step();
                result
            });
            let mut named = Vec::new();
            for (input, result) in inputs.into_iter().zip(results) {
                named.extend(gathered.add(input, result));
            }
            inputs = named;
            may_repeat |= !inputs.is_empty();
        }
        if may_repeat {
            gathered.drop_copies();
        }
        gathered
    }

    /// Takes what came of a file; the answer is files that it names.
    fn add(&mut self, input: Input, result: Read) -> Vec<Input> {
        match result {
            Read::Rules(file) => {
                self.names.push(input.name.clone());
                self.files.push(*file);
                self.inputs.push(input);
            }
            Read::Config { problems, rule_files } => {
                self.names.push(input.name);
                self.problems.extend(problems);
                return rule_files;
            }
            Read::Unreadable(finding) => self.problem(finding),
            Read::Skipped => self.n_skipped += 1,
        }
        Vec::new()
    }

    fn problem(&mut self, finding: Finding) {
        self.names.push(finding.source.name.clone());
        self.problems.push(finding);
    }

    /// The same file under two names, as with links, is looked at once.
    fn drop_copies(&mut self) {
        let marks = parallel::map(&self.inputs, |input| input.path.as_deref().and_then(mark));
        let mut n_alike: HashMap<_, usize> = HashMap::new();
        for mark in &marks {
            *n_alike.entry(*mark).or_default() += 1;
        }
        let mut seen = HashSet::new();
        let mut is_first = |(input, mark): (&Input, _)| {
            if n_alike[mark] == 1 {
                return true;
            }
            let path = input.path.as_ref().and_then(|path| fs::canonicalize(path).ok());
            path.is_none_or(|path| seen.insert(path))
        };
        let is_first: Vec<bool> = self.inputs.iter().zip(&marks).map(&mut is_first).collect();
        let mut keep = is_first.iter().copied();
        self.files.retain(|_| keep.next().unwrap_or(true));
        let mut keep = is_first.iter().copied();
        self.inputs.retain(|_| keep.next().unwrap_or(true));
    }

    /// Files of unit tests, with the rule files that they load.
    pub(super) fn tests(&mut self, found: Discovered) -> Vec<Tests> {
        let mut index: HashMap<PathBuf, usize> = HashMap::new();
        for (i, input) in self.inputs.iter().enumerate() {
            let path = input.path.as_ref().and_then(|path| fs::canonicalize(path).ok());
            index.extend(path.map(|path| (path, i)));
        }
        let mut tests = Vec::new();
        for input in found.inputs {
            let Some(path) = &input.path else { continue };
            let text = match fs::read_to_string(path) {
                Ok(text) => text,
                Err(error) => {
                    let why = format!("cannot be read: {error}");
                    self.problem(read::unreadable(&input.name, &why));
                    continue;
                }
            };
            if input.is_met && crate::rule_paths::kind(&text) != crate::rule_paths::Kind::Tests {
                continue;
            }
            let source = Source::new(input.name.clone(), text);
            let read = testfile::parse(&source.text);
            self.names.push(input.name.clone());
            self.problems.extend(read.errors.iter().map(|error| Finding {
                source: Arc::clone(&source),
                diagnostic: error.to_diagnostic(),
            }));
            let folder = path.parent().unwrap_or(Path::new("."));
            let (mut rule_files, mut loads_others) = (Vec::new(), false);
            for pattern in &read.rule_files {
                for path in matches(folder, &pattern.text) {
                    match index.get(&path) {
                        Some(i) => rule_files.push(*i),
                        None => loads_others = true,
                    }
                }
            }
            tests.push(Tests { source, tests: read, rule_files, loads_others });
        }
        tests
    }

    /// Alertmanager's configuration.
    pub(super) fn alertmanager(&mut self, path: &Path) -> anyhow::Result<routing::Config> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        let config = routing::read(&Source::new(name.clone(), text));
        self.names.push(name);
        self.problems.extend(config.errors.iter().map(|diagnostic| Finding {
            source: Arc::clone(&config.source),
            diagnostic: diagnostic.clone(),
        }));
        Ok(config)
    }
}

/// What names of the same file agree in. It costs less than the path without links.
type Mark = (u64, u64);

#[cfg(unix)]
fn mark(path: &Path) -> Option<Mark> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn mark(_: &Path) -> Option<Mark> {
    None
}

/// What a prometheus.yml says that lints go by.
pub(super) fn facts(path: &Path) -> anyhow::Result<Arc<Facts>> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    Ok(Arc::new(read::facts(&name, &text)))
}

fn matches(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let pattern = folder.join(pattern);
    let found = glob::glob(&pattern.to_string_lossy()).into_iter().flatten().flatten();
    found.filter_map(|path| fs::canonicalize(path).ok()).collect()
}
