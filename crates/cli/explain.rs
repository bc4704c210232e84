//! `watchfire explain` and `watchfire lints`: what is looked for, and why.

use clap::ValueEnum;
use lint::{Check, LINTS, Level, Lint};
use serde_json::json;

use crate::{Exit, check::args::Words, output::Out};

/// Explains a lint: what it finds, why that is bad, and what to write instead.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        watchfire explain comparison-never-true\n  \
                        watchfire explain PV001\n  \
                        watchfire explain --all --format json")]
pub(crate) struct ExplainArgs {
    /// Names, codes or groups of lints.
    #[arg(
        required_unless_present = "all",
        value_name = "LINT",
        value_parser = Words,
        hide_possible_values = true
    )]
    lints: Vec<String>,
    /// Explain all of them.
    #[arg(long, conflicts_with = "lints")]
    all: bool,
    /// How they are explained.
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    format: ExplainFormat,
}

/// Lists all lints.
///
/// Sets: `stable` is on, `preview` is on with `--preview`, `policy` when it is named.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        watchfire lints\n  \
                        watchfire lints --format json | jq -r 'select(.set == \"preview\").name'")]
pub(crate) struct LintsArgs {
    /// How they are listed.
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    format: ExplainFormat,
}

/// How lints are described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ExplainFormat {
    /// To read.
    Text,
    /// One JSON object a line.
    Json,
}

pub(crate) fn explain(args: &ExplainArgs, out: &mut Out) -> Exit {
    let is_meant = |lint: &Lint| {
        args.all || args.lints.iter().any(|word| word == "all" || lint.is_meant_by(word))
    };
    let mut is_first = true;
    for lint in LINTS.iter().filter(|lint| is_meant(lint)) {
        match args.format {
            ExplainFormat::Text => {
                out.print(if is_first { "" } else { "\n" });
                out.print(&lint::explain(lint));
            }
            ExplainFormat::Json => out.print(&line(lint)),
        }
        is_first = false;
    }
    Exit::Fine
}

pub(crate) fn list(args: &LintsArgs, out: &mut Out) -> Exit {
    for lint in LINTS {
        match args.format {
            ExplainFormat::Text => out.print(&format!(
                "{:<5}  {:<width$}  {:<7}  {:<7}  {:<6}{}\n",
                lint.code,
                lint.name,
                lint.level.name(),
                lint.severity.name(),
                lint.proof.name(),
                if lint.fix.is_empty() { "" } else { "  fixable" },
                width = LINTS.iter().map(|lint| lint.name.len()).max().unwrap_or(0)
            )),
            ExplainFormat::Json => out.print(&line(lint)),
        }
    }
    Exit::Fine
}

/// A lint as one line of JSON.
fn line(lint: &Lint) -> String {
    let looks_at = match lint.check {
        Check::Rule(_) => "rule",
        Check::File(_) => "file",
        Check::World(_) => "all files",
        Check::Reading => "reading",
        Check::Comments => "comments",
    };
    let object = json!({
        "name": lint.name,
        "code": lint.code,
        "group": lint.group(),
        "set": lint.level.name(),
        "is_on": lint.level == Level::Stable,
        "severity": lint.severity.name(),
        "proof": lint.proof.name(),
        "looks_at": looks_at,
        "is_fixable": !lint.fix.is_empty(),
        "summary": lint.summary,
        "why": lint.why,
        "example": lint.example,
        "instead": lint.instead,
        "fix": lint.fix,
    });
    format!("{object}\n")
}
