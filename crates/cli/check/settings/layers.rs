//! What holds for a file: settings, what a prometheus.yml says, and the command line over both.

use std::path::Path;

use lint::{Options, Selection};

use super::{
    RunSettings, Settings,
    file::{ConfigFile, Item, Setting},
};
use crate::check::args::{LintArgs, PromtoolLint};

/// What a prometheus.yml says that lints go by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::check) struct Facts {
    /// The file, as it was named.
    pub(in crate::check) name: String,
    /// In milliseconds.
    pub(in crate::check) scrape_interval: i64,
    /// In milliseconds.
    pub(in crate::check) evaluation_interval: i64,
    /// Their names.
    pub(in crate::check) external_labels: Vec<String>,
}

/// What lies over each other for one file.
pub(in crate::check) struct Layers<'a> {
    pub(super) file: Option<&'a ConfigFile>,
    pub(super) args: &'a LintArgs,
    pub(super) facts: Option<&'a Facts>,
    pub(super) today: Option<lint::Day>,
    /// The file that it is for.
    pub(super) path: &'a Path,
}

/// What makes settings equal: the file of settings, which of its patterns match, and the
/// prometheus.yml.
pub(super) type Key = (Option<std::path::PathBuf>, Vec<usize>, Option<Facts>);

impl Layers<'_> {
    pub(super) fn key(&self) -> Key {
        let items = self.file.map_or(&[][..], |file| &file.items);
        let matching = items.iter().enumerate().filter(|(_, item)| match &item.setting {
            Setting::PerPath(pattern, _) => pattern.matches(self.path),
            _ => false,
        });
        let matching = matching.map(|(index, _)| index).collect();
        (self.file.map(|file| file.path.clone()), matching, self.facts.cloned())
    }
}

/// What holds for a run.
pub(super) fn run(file: &ConfigFile) -> RunSettings {
    let mut run = RunSettings::default();
    for item in &file.items {
        match &item.setting {
            Setting::FailOn(level) => run.fail_on = Some(*level),
            Setting::Baseline(path) => run.baseline = Some(path.clone()),
            Setting::Prometheus(path) => run.prometheus = Some(path.clone()),
            Setting::Alertmanager(path) => run.alertmanager = Some(path.clone()),
            Setting::Tests(paths) => run.tests.clone_from(paths),
            _ => {}
        }
    }
    run
}

/// What holds for a file.
pub(super) fn settings(layers: &Layers<'_>) -> anyhow::Result<Settings> {
    let mut settings = Settings::default();
    settings.options.today = layers.today;
    if let Some(facts) = layers.facts {
        apply_facts(&mut settings, facts);
    }
    let items = layers.file.map_or(&[][..], |file| &file.items);
    for item in items {
        apply(&mut settings, item)?;
    }
    // What is said of some paths goes over what is said of all, wherever it stands.
    for item in items {
        if let Setting::PerPath(pattern, items) = &item.setting
            && pattern.matches(layers.path)
        {
            for inner in items {
                let key = format!("{}.{}", item.key, inner.key);
                apply(&mut settings, &Item { key, ..inner.clone() })?;
            }
        }
    }
    apply_args(&mut settings, layers.args)?;
    Ok(settings)
}

fn apply_facts(settings: &mut Settings, facts: &Facts) {
    let Options { scrape_interval, evaluation_interval, external_labels, .. } =
        &mut settings.options;
    *scrape_interval = Some(facts.scrape_interval);
    *evaluation_interval = Some(facts.evaluation_interval);
    *external_labels = Some(facts.external_labels.clone());
    for (key, shown) in [
        ("options.scrape-interval", duration(facts.scrape_interval)),
        ("options.evaluation-interval", duration(facts.evaluation_interval)),
        ("options.external-labels", facts.external_labels.join(", ")),
    ] {
        settings.set(key, &shown, &facts.name);
    }
}

fn duration(ms: i64) -> String {
    model::duration::format(ms)
}

fn apply(settings: &mut Settings, item: &Item) -> anyhow::Result<()> {
    let selection = &mut settings.selection;
    match &item.setting {
        Setting::Select(words) => {
            selection.clear();
            choose(selection, Selection::select, words)?;
        }
        Setting::ExtendSelect(words) => choose(selection, Selection::select, words)?,
        Setting::Ignore(words) if words.iter().any(|word| word == "all") => selection.clear(),
        Setting::Ignore(words) => choose(selection, Selection::ignore, words)?,
        Setting::Preview(flag) => selection.preview = *flag,
        Setting::Severity(word, level) => selection.set_severity(word, *level)?,
        Setting::Options(apply, given) => {
            apply(&mut settings.options, given);
            selection.configured = settings.options.configures();
        }
        // These are shown where they hold.
        Setting::PerPath(..) | Setting::Exclude(_) => return Ok(()),
        Setting::FailOn(_)
        | Setting::Baseline(_)
        | Setting::Prometheus(_)
        | Setting::Alertmanager(_)
        | Setting::Tests(_) => {}
    }
    settings.set(&item.key, &item.shown, &item.place);
    Ok(())
}

fn apply_args(settings: &mut Settings, args: &LintArgs) -> anyhow::Result<()> {
    let selection = &mut settings.selection;
    if !args.lint.is_empty() {
        promtool(selection, &args.lint)?;
    }
    if !args.select.is_empty() {
        selection.clear();
        choose(selection, Selection::select, &args.select)?;
    }
    choose(selection, Selection::select, &args.extend_select)?;
    choose(selection, Selection::ignore, &args.ignore)?;
    selection.preview |= args.preview;
    for (word, level) in &args.severity {
        selection.set_severity(word, *level)?;
    }
    for (flag, words) in
        [("select", &args.select), ("extend-select", &args.extend_select), ("ignore", &args.ignore)]
    {
        if !words.is_empty() {
            settings.set(flag, &words.join(", "), "the command line");
        }
    }
    if args.preview {
        settings.set("preview", "true", "the command line");
    }
    for (word, level) in &args.severity {
        settings.set(&format!("severity.{word}"), level.name(), "the command line");
    }
    Ok(())
}

/// What promtool's `--lint` leaves on.
fn promtool(selection: &mut Selection, kinds: &[PromtoolLint]) -> anyhow::Result<()> {
    if kinds.contains(&PromtoolLint::All) {
        return Ok(());
    }
    selection.clear();
    if kinds.contains(&PromtoolLint::DuplicateRules) {
        selection.select("duplicate-rule")?;
    }
    Ok(())
}

fn choose(
    selection: &mut Selection,
    how: fn(&mut Selection, &str) -> Result<(), lint::SelectionError>,
    words: &[String],
) -> anyhow::Result<()> {
    for word in words {
        how(selection, word)?;
    }
    Ok(())
}

impl Settings {
    /// Remembers where something was set. What adds up is listed each time, the rest once.
    fn set(&mut self, key: &str, shown: &str, place: &str) {
        if !matches!(key, "extend-select" | "ignore") {
            self.origins.retain(|(known, ..)| known != key);
        }
        self.origins.push((key.to_owned(), shown.to_owned(), place.to_owned()));
    }
}
