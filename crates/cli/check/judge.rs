//! What is wrong with everything that was read.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use diagnostics::{Finding, Source};
use lint::{Tests, World};
use rules::RuleFile;

use super::{baseline::Identity, discover::Input, parallel, settings::Settings};

/// Everything that lints look at.
pub(super) struct Session {
    /// The rule files.
    pub(super) files: Vec<RuleFile>,
    /// Where each of them is from.
    pub(super) inputs: Vec<Input>,
    /// What holds for each of them, as indices of `settings`.
    pub(super) settings_of: Vec<usize>,
    pub(super) settings: Vec<Settings>,
    /// Files of unit tests, if they were asked for.
    pub(super) tests: Option<Vec<Tests>>,
    pub(super) alertmanager: Option<routing::Config>,
    /// About files that are no rule files, or cannot be read.
    pub(super) problems: Vec<Finding>,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Judged {
    /// File by file, in the order of their texts.
    pub(super) findings: Vec<Finding>,
    /// How many findings comments keep quiet.
    pub(super) n_suppressed: usize,
    /// How many findings the baseline knows.
    pub(super) n_known: usize,
    /// How many findings are older than the changes that the run is about.
    pub(super) n_older: usize,
    /// What the baseline knows and is not there.
    pub(super) gone: BTreeMap<Identity, usize>,
}

impl Session {
    /// Why files cannot be read, and what lints find.
    pub(super) fn judge(&self) -> Judged {
        let worlds: Vec<World<'_>> = self.settings.iter().map(|s| self.world(s)).collect();
        let across = self.across(&worlds);
        let indices: Vec<usize> = (0..self.files.len()).collect();
        let settled = parallel::map(&indices, |&index| {
            let settings = &self.settings[self.settings_of[index]];
            let (file, world) = (&self.files[index], &worlds[self.settings_of[index]]);
            let mut found = told(file);
            let selection = lint::judged(file, &settings.selection);
            found.extend(lint::check_file(world, index, &selection));
            found.extend(across.get(&index).into_iter().flatten().cloned());
            lint::settle(file, &settings.options, &settings.selection, found)
        });
        let mut judged = Judged { findings: self.problems.clone(), ..Judged::default() };
        judged.findings.extend(across.get(&usize::MAX).into_iter().flatten().cloned());
        for settled in settled {
            let mut findings = settled.findings;
            findings.sort_by_cached_key(|f| (f.diagnostic.span, f.diagnostic.code));
            judged.findings.extend(findings);
            judged.n_suppressed += settled.n_suppressed;
        }
        judged
    }

    fn world<'w>(&'w self, settings: &'w Settings) -> World<'w> {
        let mut world = World::new(&self.files, &settings.options);
        if let Some(tests) = &self.tests {
            world = world.with_tests(tests);
        }
        if let Some(config) = &self.alertmanager {
            world = world.with_alertmanager(config);
        }
        world
    }

    /// What lints find that look across files, by the index of the file that it is about; what is
    /// about others by the last index. Each file's own settings say what is looked for in it.
    fn across(&self, worlds: &[World<'_>]) -> HashMap<usize, Vec<Finding>> {
        let address = |source: &Arc<Source>| Arc::as_ptr(source).addr();
        let files = self.files.iter().enumerate();
        let index: HashMap<usize, usize> =
            files.map(|(index, file)| (address(&file.source), index)).collect();
        let numbers: Vec<usize> = (0..worlds.len()).collect();
        let found = parallel::map(&numbers, |&number| {
            lint::check_across(&worlds[number], &self.settings[number].selection)
        });
        let mut by_file: HashMap<usize, Vec<Finding>> = HashMap::new();
        for (number, finding) in numbers
            .iter()
            .zip(found)
            .flat_map(|(number, found)| found.into_iter().map(move |finding| (*number, finding)))
        {
            match index.get(&address(&finding.source)) {
                Some(&file) if self.settings_of[file] == number => {
                    by_file.entry(file).or_default().push(finding);
                }
                None if number == 0 => by_file.entry(usize::MAX).or_default().push(finding),
                _ => {}
            }
        }
        by_file
    }
}

/// Why a file cannot be read, and what is odd about it.
fn told(file: &RuleFile) -> Vec<Finding> {
    let errors = file.errors.iter().map(|error| &error.diagnostic);
    let told = errors.chain(&file.warnings).map(|diagnostic| Finding {
        source: Arc::clone(&file.source),
        diagnostic: diagnostic.clone(),
    });
    told.collect()
}
