//! The configuration: a `prometheus.yml`, or our superset of it.
//!
//! `sections.rs` says which keys there are, `resolve.rs` turns them into what the other crates
//! want. Sections of Prometheus that do not concern rules are ignored; an unknown key in a section
//! that is read is an error, for it is most likely a mistake. Everything that is wrong is reported
//! with its place.

mod http;
mod listen;
mod places;
mod resolve;
mod sections;
mod source_section;

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

use diagnostics::Diagnostic;
use notify::jsonl::Rotation;
use ruler::{StreamConfig, config::EvaluationSlots};
use source::SourceConfig;

use crate::output;
use http::HttpOptions;

pub(crate) use http::target;
pub(crate) use listen::ListenAddress;
pub(crate) use source_section::Cut;

/// Where samples are read from unless told otherwise.
pub(crate) const DEFAULT_SOURCE: &str = "http://127.0.0.1:9090";

/// Where samples are sent to unless told otherwise.
const DEFAULT_STREAM: &str = "127.0.0.1:9099";

/// An evaluation is shared out among no more threads than this unless told otherwise.
const MAX_THREADS: NonZeroUsize = NonZeroUsize::new(8).expect("not zero");

/// A configuration that can be used.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// How rules are evaluated.
    pub(crate) ruler: ruler::Config,
    /// The rule files that the patterns match, sorted and without repetition.
    pub(crate) rule_files: Vec<PathBuf>,
    /// Where samples come from.
    pub(crate) source: SourceConfig,
    /// What the source evaluates.
    pub(crate) cut: Cut,
    /// How samples come where the cut is `stream`.
    pub(crate) stream: Stream,
    /// When groups are evaluated, where the configuration says so.
    pub(crate) slots: Option<EvaluationSlots>,
    /// Among how many threads an evaluation is shared out.
    pub(crate) threads: NonZeroUsize,
    /// Where alerts go.
    pub(crate) alertmanagers: Vec<AlertmanagerConfig>,
    /// Where events go.
    pub(crate) events: Events,
    /// Where we serve metrics of our own; nowhere unless told.
    pub(crate) listen: Option<ListenAddress>,
    /// Sections that are there and do not concern us.
    pub(crate) ignored: Vec<&'static str>,
    /// Patterns that match no file.
    pub(crate) unmatched: Vec<String>,
}

/// How samples come where the cut is `stream`.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    /// Where they are sent to, if not where we serve metrics.
    pub(crate) listen: Option<ListenAddress>,
    /// How they are read.
    pub(crate) config: StreamConfig,
    /// How much is taken.
    pub(crate) limits: receive::Limits,
}

/// One Alertmanager.
#[derive(Clone, Debug)]
pub(crate) struct AlertmanagerConfig {
    /// Scheme, host, port and path prefix.
    pub(crate) base: String,
    /// How long a request may take.
    pub(crate) timeout: Duration,
    /// How to speak to it.
    pub(crate) http: HttpOptions,
}

/// Where events go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Events {
    /// Whether they go to standard output.
    pub(crate) stdout: bool,
    /// The file that they go to.
    pub(crate) file: Option<PathBuf>,
    /// When that file is rotated.
    pub(crate) rotation: Rotation,
}

impl Config {
    /// Where samples are sent to where the cut is `stream`.
    pub(crate) fn stream_address(&self) -> ListenAddress {
        let given = self.stream.listen.as_ref().or(self.listen.as_ref()).cloned();
        given.unwrap_or_else(|| DEFAULT_STREAM.parse().expect("an address"))
    }
}

/// A configuration that can not be used: a text and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Problems {
    /// The file.
    pub(crate) file: String,
    /// Its text with secrets blotted out.
    pub(crate) text: String,
    /// What is wrong.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Config {
    /// What holds where there is no configuration file.
    pub(crate) fn without_file() -> Self {
        let nothing = sections::Document::default();
        let (config, _) = resolve::resolve(nothing, Path::new("."), &|_| None);
        config
    }

    /// Reads a file.
    pub(crate) fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| anyhow::anyhow!("cannot read {}: {error}", path.display()))?;
        Ok(Self::parse(path, &text)?)
    }

    /// Reads a text; relative paths in it are relative to `path`'s folder.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, Problems> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut diagnostics = places::inline_secrets(text);
        let environment = |name: &str| std::env::var(name).ok();
        match serde_saphyr::from_str::<Option<sections::Document>>(text) {
            Ok(document) => {
                let document = document.unwrap_or_default();
                let (config, found) = resolve::resolve(document, folder, &environment);
                diagnostics.extend(found);
                diagnostics.sort_by_key(|diagnostic| diagnostic.span);
                if diagnostics.is_empty() {
                    return Ok(config);
                }
            }
            Err(error) => diagnostics.insert(0, places::diagnostic(text, &error)),
        }
        let (file, text) = (path.display().to_string(), places::without_secrets(text));
        Err(Problems { file, text, diagnostics })
    }
}

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} can not be used", self.file)?;
        for diagnostic in &self.diagnostics {
            let shown = output::show(&self.file, &self.text, diagnostic);
            write!(f, "\n{}", shown.trim_end())?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests;
