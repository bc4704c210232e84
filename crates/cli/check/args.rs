//! Flags of `watchfire check`.

use std::path::PathBuf;

use clap::{
    ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use diagnostics::{Format, Severity};

/// Finds what is wrong with rule files, offline.
///
/// Reports everything about every file in one run, each finding with file, line and column. In
/// folders, files named `*.yml` and `*.yaml` that hold rules are checked. A prometheus.yml is
/// checked as a configuration, together with the rule files that it names; its intervals and
/// external labels are what lints go by.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 fine; 1 findings at or above --fail-on; 2 usage or \
                        configuration.\n\n\
                        Examples:\n  \
                        watchfire check\n  \
                        watchfire check rules/ 'more/**/*.yml'\n  \
                        watchfire check prometheus.yml\n  \
                        helm template . | watchfire check - --stdin-filename chart.yml\n  \
                        watchfire check --select PV --ignore comparison-always-true\n  \
                        watchfire check rules/ --format json | jq .message")]
pub(crate) struct CheckArgs {
    /// Rule files, folders, patterns such as 'rules/**/*.yml', a prometheus.yml, or `-` for
    /// standard input.
    #[arg(default_value = ".", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// What to call standard input.
    #[arg(long, value_name = "NAME")]
    pub(crate) stdin_filename: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) lints: LintArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

/// Which lints run.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Lints")]
pub(crate) struct LintArgs {
    /// Turn lints on: names, codes such as PV001, groups such as PV, or `all`; separated by commas.
    #[arg(long, value_name = "LINTS", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Turn lints off; what is named more narrowly wins.
    #[arg(long, value_name = "LINTS", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Turn on the lints that are new.
    #[arg(long)]
    pub(crate) preview: bool,
    /// Report what a lint or a group finds at another severity; turns it on, too.
    #[arg(long, value_name = "LINT=LEVEL", value_delimiter = ',', value_parser = severity)]
    pub(crate) severity: Vec<(String, Severity)>,
}

/// How findings are reported.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Reports")]
pub(crate) struct ReportArgs {
    /// How findings are printed; `json` is short for `json-lines`.
    #[arg(long, default_value = "text", value_name = "FORMAT", value_parser = formats())]
    pub(crate) format: Format,
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

fn severity(text: &str) -> Result<(String, Severity), String> {
    let (lint, level) = text.split_once('=').ok_or("expected LINT=LEVEL, such as PV001=error")?;
    let level = level_of(level).ok_or("the level is info, warning or error")?;
    Ok((lint.to_owned(), level))
}

/// The severity of a name.
pub(crate) fn level_of(name: &str) -> Option<Severity> {
    [Severity::Info, Severity::Warning, Severity::Error].into_iter().find(|s| s.name() == name)
}
