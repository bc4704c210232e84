//! Flags of `watchfire check`.

use std::{ffi::OsStr, path::PathBuf};

use clap::{
    ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
    error::ErrorKind,
};
use diagnostics::{Format, Severity};
use lint::{LINTS, Selection};

/// Finds what is wrong with rule files, offline.
///
/// Reports everything about every file in one run, each finding with file, line and column. In
/// folders, files named `*.yml` and `*.yaml` that hold rules are checked. A prometheus.yml is
/// checked as a configuration, together with the rule files that it names; its intervals and
/// external labels are what lints go by.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 fine; 1 findings at or above --fail-on; 2 usage or \
                        configuration.\n\n\
                        Comments keep findings quiet, of the rule below or of their own line:\n  \
                        # watchfire: ignore[LINTS] until 2027-01-31: reason\n  \
                        # watchfire: ignore-file[LINTS] reason\n\n\
                        Examples:\n  \
                        watchfire check\n  \
                        watchfire check rules/ 'more/**/*.yml'\n  \
                        watchfire check prometheus.yml\n  \
                        helm template . | watchfire check - --stdin-filename chart.yml\n  \
                        watchfire check --select PV --ignore comparison-always-true\n  \
                        watchfire check rules/ --format json | jq .message\n  \
                        watchfire check rules/ --fix\n  \
                        watchfire check rules/ --since origin/main --report sarif=rules.sarif")]
pub(crate) struct CheckArgs {
    /// Rule files, folders, patterns such as 'rules/**/*.yml', a prometheus.yml, or `-` for
    /// standard input.
    #[arg(default_value = ".", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// What to call standard input.
    #[arg(long, value_name = "NAME")]
    pub(crate) stdin_filename: Option<PathBuf>,
    /// Alertmanager's configuration: where alerts go is checked, too.
    #[arg(long, value_name = "FILE")]
    pub(crate) alertmanager: Option<PathBuf>,
    /// Files of unit tests, or folders with such: what they test is checked, too.
    #[arg(long, value_name = "PATH")]
    pub(crate) tests: Vec<PathBuf>,
    /// Report only what is in rules that changed since a revision of git, or is caused by such.
    #[arg(long, value_name = "REV")]
    pub(crate) since: Option<String>,
    #[command(flatten)]
    pub(crate) lints: LintArgs,
    #[command(flatten)]
    pub(crate) fixes: FixArgs,
    #[command(flatten)]
    pub(crate) baseline: BaselineArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

/// What is remedied.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Fixes")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct FixArgs {
    /// Write safe fixes into the files; of standard input, print the fixed text.
    #[arg(long)]
    pub(crate) fix: bool,
    /// Also take fixes that may change what rules mean.
    #[arg(long)]
    pub(crate) unsafe_fixes: bool,
    /// Show what --fix would change, and write nothing; the exit code is 1 if that is something.
    #[arg(long)]
    pub(crate) diff: bool,
    /// Make the exit code 1 if something was fixed.
    #[arg(long, requires = "fix")]
    pub(crate) exit_non_zero_on_fix: bool,
}

/// Findings that are known.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Baseline")]
pub(crate) struct BaselineArgs {
    /// Do not report the findings that this file knows.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write all findings of this run into the baseline.
    #[arg(long)]
    pub(crate) write_baseline: bool,
}

/// Which lints run.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Lints")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct LintArgs {
    /// Run these and no others: names, codes such as PV001, groups such as PV, or `all`;
    /// separated by commas.
    #[arg(long, value_name = "LINTS", value_delimiter = ',', value_parser = Words, hide_possible_values = true)]
    pub(crate) select: Vec<String>,
    /// Run these, too.
    #[arg(long, value_name = "LINTS", value_delimiter = ',', value_parser = Words, hide_possible_values = true)]
    pub(crate) extend_select: Vec<String>,
    /// Do not run these; what is named more narrowly wins.
    #[arg(long, value_name = "LINTS", value_delimiter = ',', value_parser = Words, hide_possible_values = true)]
    pub(crate) ignore: Vec<String>,
    /// Run the lints that are new, too.
    #[arg(long)]
    pub(crate) preview: bool,
    /// Report what a lint or a group finds at another severity.
    #[arg(long, value_name = "LINT=LEVEL", value_delimiter = ',', value_parser = severity)]
    pub(crate) severity: Vec<(String, Severity)>,
    /// Take settings from this file, instead of the nearest watchfire.toml of each rule file.
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub(crate) config: Option<PathBuf>,
    /// Take settings from no file.
    #[arg(long)]
    pub(crate) isolated: bool,
    /// Show what holds for which files, and where it was set; check nothing.
    #[arg(long)]
    pub(crate) show_settings: bool,
    /// Show which files are rule files; check nothing.
    #[arg(long)]
    pub(crate) show_files: bool,
    /// As promtool has it: which of its checks run beside plain errors. Their findings make the
    /// exit code 1 only with --lint-fatal.
    #[arg(long, value_name = "KIND", value_delimiter = ',', conflicts_with = "select")]
    pub(crate) lint: Vec<PromtoolLint>,
    /// As promtool has it: findings of --lint make the exit code 1.
    #[arg(long, requires = "lint")]
    pub(crate) lint_fatal: bool,
    /// Pass over fields that Prometheus does not know.
    #[arg(long)]
    pub(crate) ignore_unknown_fields: bool,
}

/// promtool's kinds of lints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PromtoolLint {
    /// Every lint that is on by default.
    All,
    /// Rules with the same name and labels.
    DuplicateRules,
    /// A scrape interval of a prometheus.yml that is longer than queries look back.
    TooLongScrapeInterval,
    /// Plain errors alone.
    None,
}

impl LintArgs {
    /// Whether jobs that are scraped too seldom are reported.
    pub(crate) fn wants_slow_jobs(&self) -> bool {
        let wanted = [PromtoolLint::All, PromtoolLint::TooLongScrapeInterval];
        self.lint.is_empty() || self.lint.iter().any(|kind| wanted.contains(kind))
    }

    /// From which severity on findings make a run fail, if promtool's flags say it.
    pub(crate) fn promtool_fail_on(&self) -> Option<FailOn> {
        let level = if self.lint_fatal { FailOn::Info } else { FailOn::Error };
        (!self.lint.is_empty()).then_some(level)
    }
}

/// How findings are reported.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Reports")]
pub(crate) struct ReportArgs {
    /// How findings are printed; `json` is short for `json-lines`.
    #[arg(long, default_value = "text", value_name = "FORMAT", value_parser = formats())]
    pub(crate) format: Format,
    /// Write the report into a file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write a further report into a file, such as `sarif=watchfire.sarif`; may be repeated.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report)]
    pub(crate) report: Vec<(Format, PathBuf)>,
    /// Show how often each lint found something instead of what it found.
    #[arg(long)]
    pub(crate) statistics: bool,
    /// Leave the last line away, which tells how much was checked.
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// From which severity on findings make the exit code 1; `warning` unless told otherwise.
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) fail_on: Option<FailOn>,
}

/// From which severity on findings make a run fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// From infos on: any finding.
    Info,
    /// From warnings on.
    #[default]
    Warning,
    /// Errors alone.
    Error,
    /// Whatever is found.
    Never,
}

impl FailOn {
    /// Whether a finding of this severity makes a run fail.
    pub(crate) fn fails(self, severity: Severity) -> bool {
        match self {
            Self::Info => true,
            Self::Warning => severity >= Severity::Warning,
            Self::Error => severity >= Severity::Error,
            Self::Never => false,
        }
    }
}

/// The formats by their names.
fn formats() -> impl TypedValueParser<Value = Format> {
    let names = Format::ALL.iter().map(|format| match format {
        Format::JsonLines => PossibleValue::new(format.name()).alias("json"),
        other => PossibleValue::new(other.name()),
    });
    PossibleValuesParser::new(names).map(|name| match name.as_str() {
        "json" => Format::JsonLines,
        name => Format::from_name(name).expect("clap takes known names alone"),
    })
}

/// A further report.
fn report(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, path) = text.split_once('=').ok_or("expected FORMAT=FILE")?;
    let name = if format == "json" { "json-lines" } else { format };
    let names = || Format::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ");
    let format = Format::from_name(name)
        .ok_or_else(|| format!("there is no format `{format}`, but {}", names()))?;
    Ok((format, path.into()))
}

/// Takes names, codes and groups of lints; shells complete names.
#[derive(Clone)]
pub(crate) struct Words;

impl TypedValueParser for Words {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        let word = value.to_string_lossy().into_owned();
        match Selection::default().ignore(&word) {
            Ok(()) => Ok(word),
            Err(error) => {
                let text = format!("{error}; `watchfire lints` lists them\n");
                Err(clap::Error::raw(ErrorKind::InvalidValue, text).with_cmd(command))
            }
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = ["all"].into_iter().chain(LINTS.iter().map(|lint| lint.name));
        Some(Box::new(names.map(PossibleValue::new)))
    }
}

fn severity(text: &str) -> Result<(String, Severity), String> {
    let (lint, level) = text.split_once('=').ok_or("expected LINT=LEVEL, such as PV001=error")?;
    let level = level_of(level).ok_or("the level is info, warning or error")?;
    Ok((lint.to_owned(), level))
}

/// The severity of a name.
pub(crate) fn level_of(name: &str) -> Option<Severity> {
    [Severity::Info, Severity::Warning, Severity::Error].into_iter().find(|s| s.name() == name)
}

/// From which severity on a run fails, by name.
pub(crate) fn fail_on_of(name: &str) -> Option<FailOn> {
    FailOn::from_str(name, false).ok()
}
