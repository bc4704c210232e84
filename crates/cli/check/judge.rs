//! What is wrong with everything that was read.

use std::{
    collections::{BTreeMap, HashMap},
    mem::ManuallyDrop,
    sync::Arc,
};

use diagnostics::{Finding, Source};
use lint::{Names, Settled, Suppressions, Tests, World, facts::Records};
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
        let (produced, (names, suppressions)) = parallel::join(
            self.files.len(),
            || Records::new(lint::rules_of(&self.files).map(|(_, rule)| rule)),
            || {
                let suppressions: Vec<_> = self.files.iter().map(Suppressions::of).collect();
                (Names::of(&self.files), suppressions)
            },
        );
        let mut first = Some((produced, names));
        let worlds = self.settings.iter().map(|settings| self.world(settings, first.take()));
        // The process ends soon, and this thread alone would free what all have put together.
        let worlds: ManuallyDrop<Vec<World<'_>>> = ManuallyDrop::new(worlds.collect());
        // What looks across files takes longest, and is begun first.
        let across = (0..worlds.len()).map(Work::Across);
        let work: Vec<Work> = across.chain((0..self.files.len()).map(Work::File)).collect();
        let mut found = parallel::map(&work, |work| match *work {
            Work::Across(number) => {
                lint::check_across(&worlds[number], &self.settings[number].selection)
            }
            Work::File(index) => self.file(&worlds, index, &suppressions[index]),
        });
        let mut of_files = found.split_off(worlds.len());
        let mut judged = Judged { findings: self.problems.clone(), ..Judged::default() };
        for (file, found) in self.by_file(found) {
            of_files.get_mut(file).unwrap_or(&mut judged.findings).extend(found);
        }
        let of_files: Vec<_> = of_files.into_iter().zip(suppressions).collect();
        for settled in parallel::map_into(of_files, |(index, found)| self.settle(index, found)) {
            judged.findings.extend(settled.findings);
            judged.n_suppressed += settled.n_suppressed;
        }
        judged
    }

    /// What is found in one file without regard to comments.
    fn file<'w>(
        &self,
        worlds: &'w [World<'w>],
        index: usize,
        suppressions: &Suppressions,
    ) -> Vec<Finding> {
        let (file, settings) = (&self.files[index], self.settings_of[index]);
        let selection = suppressions.judged(&self.settings[settings].selection);
        let mut found = told(file);
        found.extend(lint::check_file(&worlds[settings], index, &selection));
        found
    }

    /// What comments leave of the findings of one file, in the order of the text.
    fn settle(&self, index: usize, (found, suppressions): (Vec<Finding>, Suppressions)) -> Settled {
        let (file, settings) = (&self.files[index], &self.settings[self.settings_of[index]]);
        let mut settled = suppressions.settle(file, &settings.options, &settings.selection, found);
        settled.findings.sort_by_key(|f| (f.diagnostic.span, f.diagnostic.code));
        settled
    }

    fn world<'w>(
        &'w self,
        settings: &'w Settings,
        parts: Option<(Records<'w>, Names<'w>)>,
    ) -> World<'w> {
        let mut world = match parts {
            Some((produced, names)) => World::of(&self.files, &settings.options, produced, names),
            None => World::new(&self.files, &settings.options),
        };
        if let Some(tests) = &self.tests {
            world = world.with_tests(tests);
        }
        if let Some(config) = &self.alertmanager {
            world = world.with_alertmanager(config);
        }
        world
    }

    /// What was found across files under each settings, by the index of the file that it is about;
    /// what is about others by the last index. Each file's own settings say what is looked for in
    /// it.
    fn by_file(&self, found: Vec<Vec<Finding>>) -> BTreeMap<usize, Vec<Finding>> {
        let address = |source: &Arc<Source>| Arc::as_ptr(source).addr();
        let files = self.files.iter().enumerate();
        let index: HashMap<usize, usize> =
            files.map(|(index, file)| (address(&file.source), index)).collect();
        let mut by_file: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
        for (number, findings) in found.into_iter().enumerate() {
            for finding in findings {
                let file = match index.get(&address(&finding.source)) {
                    Some(&file) if self.settings_of[file] == number => file,
                    None if number == 0 => usize::MAX,
                    _ => continue,
                };
                by_file.entry(file).or_default().push(finding);
            }
        }
        by_file
    }
}

/// A part of the work.
enum Work {
    /// What looks across files, under settings of an index.
    Across(usize),
    /// What looks at a file of an index.
    File(usize),
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
