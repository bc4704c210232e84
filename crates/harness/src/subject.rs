//! Who is measured, and what each needs around it.

use std::{
    fmt, fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    str::FromStr,
};

use model::duration;

use crate::{
    BenchError,
    child::{Child, free_address, installed},
    feed::Feed,
    targets::{self, N_TARGETS, Targets},
};

/// Somebody who evaluates rules, with how it comes by its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A Prometheus without rules: what it costs to take the samples alone.
    Source,
    /// A Prometheus with its own ruler.
    Prometheus,
    /// vmalert beside a Prometheus without rules, into which it writes what rules record.
    Vmalert,
    /// Watchfire beside a Prometheus without rules, or alone where it takes the samples itself.
    Watchfire(Cut),
}

/// Where Watchfire cuts expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Bare selectors are fetched.
    Selectors,
    /// What shrinks data is fetched, once for all rules.
    Shared,
    /// Whole expressions are fetched.
    Whole,
    /// Nothing is fetched: samples come by remote write.
    Stream,
}

impl Subject {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::Source,
        Self::Prometheus,
        Self::Vmalert,
        Self::Watchfire(Cut::Selectors),
        Self::Watchfire(Cut::Shared),
        Self::Watchfire(Cut::Whole),
        Self::Watchfire(Cut::Stream),
    ];

    /// As command lines and reports name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Prometheus => "prometheus",
            Self::Vmalert => "vmalert",
            Self::Watchfire(Cut::Selectors) => "watchfire:selectors",
            Self::Watchfire(Cut::Shared) => "watchfire:shared",
            Self::Watchfire(Cut::Whole) => "watchfire:whole",
            Self::Watchfire(Cut::Stream) => "watchfire:stream",
        }
    }

    /// A program that it needs and that is not installed.
    pub fn missing(self) -> Option<&'static str> {
        let needs: &[&str] = match self {
            Self::Vmalert => &["prometheus", "vmalert"],
            Self::Watchfire(Cut::Stream) => &[],
            Self::Source | Self::Prometheus | Self::Watchfire(_) => &["prometheus"],
        };
        needs.iter().copied().find(|program| installed(program).is_none())
    }

    fn has_source(self) -> bool {
        self != Self::Watchfire(Cut::Stream)
    }
}

impl Cut {
    fn key(self) -> &'static str {
        match self {
            Self::Selectors => "selectors",
            Self::Shared => "shared",
            Self::Whole => "whole",
            Self::Stream => "stream",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|subject| subject.name() == text);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("`{text}` is nobody that can be measured, expected one of {names}")
        })
    }
}

/// What the programs of a subject are started with.
#[derive(Debug)]
pub(crate) struct Setting<'a> {
    /// For configurations, data and logs.
    pub(crate) folder: &'a Path,
    /// The rule file's text.
    pub(crate) rules: &'a str,
    pub(crate) interval_ms: i64,
    /// Whether there are native histograms, of which a Prometheus must be told.
    pub(crate) native_histograms: bool,
    /// The program `watchfire`.
    pub(crate) watchfire: &'a Path,
    /// Among how many threads it shares an evaluation out; none for one a core.
    pub(crate) evaluation_threads: Option<NonZeroUsize>,
    /// Host and port of an Alertmanager.
    pub(crate) alertmanager: &'a str,
}

/// The programs of a subject.
#[derive(Debug)]
pub(crate) struct Stage {
    subject: Subject,
    /// The Prometheus, if there is one.
    pub(crate) source: Option<Child>,
    /// Who evaluates rules, if that is not the source.
    pub(crate) ruler: Option<Child>,
    /// Who takes the samples.
    pub(crate) feed: Feed,
    /// What the source scrapes, if it does.
    pub(crate) targets: Option<Targets>,
}

impl Stage {
    /// Starts whoever takes the samples. A Prometheus has no rules yet, so that it does not
    /// evaluate them while it is filled.
    pub(crate) async fn open(subject: Subject, setting: &Setting<'_>) -> Result<Self, BenchError> {
        write(setting, "rules.yml", setting.rules)?;
        if subject.has_source() {
            let source = prometheus(setting).await?;
            let feed = Feed::to(&source.url);
            return Ok(Self { subject, source: Some(source), ruler: None, feed, targets: None });
        }
        let ruler = watchfire(Cut::Stream, None, setting).await?;
        let feed = Feed::to(&ruler.url);
        Ok(Self { subject, source: None, ruler: Some(ruler), feed, targets: None })
    }

    /// Once there is history: lets targets be scraped and rules be evaluated.
    pub(crate) async fn begin(&mut self, setting: &Setting<'_>) -> Result<(), BenchError> {
        let Some(source) = &mut self.source else { return Ok(()) };
        let with_rules = self.subject == Subject::Prometheus;
        if with_rules || self.targets.is_some() {
            let targets = self.targets.as_ref().map(Targets::address);
            write(setting, CONFIG, &configuration(setting, with_rules, targets.as_deref()))?;
            source.reload().await?;
        }
        match self.subject {
            Subject::Source | Subject::Prometheus => {}
            Subject::Vmalert => self.ruler = Some(vmalert(&source.url, setting).await?),
            Subject::Watchfire(cut) => {
                self.ruler = Some(watchfire(cut, Some(&source.url), setting).await?);
            }
        }
        Ok(())
    }

    /// Ends all programs.
    pub(crate) async fn close(self) {
        for child in [self.ruler, self.source].into_iter().flatten() {
            child.end().await;
        }
    }
}

fn write(setting: &Setting<'_>, name: &str, text: &str) -> Result<(), BenchError> {
    let path = setting.folder.join(name);
    fs::write(&path, text).map_err(BenchError::io(format!("cannot write {}", path.display())))
}

/// The configuration of a Prometheus.
const CONFIG: &str = "prometheus.yml";

fn configuration(setting: &Setting<'_>, with_rules: bool, targets: Option<&str>) -> String {
    let interval = duration::format(setting.interval_ms);
    let (files, target) = (if with_rules { "[rules.yml]" } else { "[]" }, setting.alertmanager);
    format!(
        "global: {{evaluation_interval: {interval}, scrape_interval: {interval}, scrape_timeout: {interval}}}\n\
         rule_files: {files}\n\
         alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{target}']}}]}}]}}\n{}",
        targets.map(scrapes).unwrap_or_default()
    )
}

/// Series keep the labels that targets give them; `instance` tells the targets' own apart.
fn scrapes(address: &str) -> String {
    let head = "scrape_configs:\n- job_name: harness\n  honor_labels: true\n  static_configs:\n";
    let target = |n: usize| {
        let path = targets::path(n);
        format!(
            "  - {{targets: ['{address}'], labels: {{__metrics_path__: {path}, instance: target-{n}}}}}\n"
        )
    };
    std::iter::once(head.to_owned()).chain((0..N_TARGETS).map(target)).collect()
}

async fn prometheus(setting: &Setting<'_>) -> Result<Child, BenchError> {
    write(setting, CONFIG, &configuration(setting, false, None))?;
    let (folder, address) = (setting.folder, free_address()?);
    let mut arguments = vec![
        format!("--config.file={}", folder.join(CONFIG).display()),
        format!("--storage.tsdb.path={}", folder.join("data").display()),
        format!("--web.listen-address={address}"),
        "--web.enable-remote-write-receiver".to_owned(),
        "--web.enable-lifecycle".to_owned(),
        "--query.max-samples=2000000000".to_owned(),
        "--log.level=warn".to_owned(),
    ];
    if setting.native_histograms {
        arguments.push("--enable-feature=native-histograms".to_owned());
    }
    let program = program("prometheus");
    Child::start("prometheus", &program, &arguments, &address, folder).await
}

async fn vmalert(source: &str, setting: &Setting<'_>) -> Result<Child, BenchError> {
    let address = free_address()?;
    let arguments = [
        format!("-rule={}", setting.folder.join("rules.yml").display()),
        format!("-datasource.url={source}"),
        format!("-remoteWrite.url={source}"),
        format!("-notifier.url=http://{}", setting.alertmanager),
        format!("-httpListenAddr={address}"),
        "-loggerLevel=ERROR".to_owned(),
    ];
    Child::start("vmalert", &program("vmalert"), &arguments, &address, setting.folder).await
}

async fn watchfire(
    cut: Cut,
    source: Option<&str>,
    setting: &Setting<'_>,
) -> Result<Child, BenchError> {
    let address = free_address()?;
    let source = source.map(|url| format!("url: '{url}', ")).unwrap_or_default();
    let (interval, target) = (duration::format(setting.interval_ms), setting.alertmanager);
    let text = format!(
        "global: {{evaluation_interval: {interval}}}\n\
         rule_files: [rules.yml]\n\
         source: {{{source}cut: {}, max_bytes: 4294967296}}\n\
         alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{target}']}}]}}]}}\n\
         events: {{file: events.jsonl}}\n\
         web: {{listen_address: '{address}'}}\n\
         stream: {{listen_address: '{address}', delay: {}}}\n{}",
        cut.key(),
        // Samples are sent within a fifth of an interval; as much again and more is left for that.
        duration::format(setting.interval_ms * 2 / 3),
        setting
            .evaluation_threads
            .map(|n| format!("evaluation_threads: {n}\n"))
            .unwrap_or_default()
    );
    write(setting, "watchfire.yml", &text)?;
    let config = setting.folder.join("watchfire.yml").display().to_string();
    let arguments = ["run", "--log-level", "warn", "--config", &config].map(str::to_owned).to_vec();
    Child::start("watchfire", setting.watchfire, &arguments, &address, setting.folder).await
}

/// An installed program; if it is not, its start will say so.
fn program(name: &str) -> PathBuf {
    installed(name).unwrap_or_else(|| name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for subject in Subject::ALL {
            assert_eq!(subject.name().parse(), Ok(subject));
        }
        let unknown = "watchfire".parse::<Subject>().unwrap_err();
        assert!(unknown.contains("watchfire:shared"), "{unknown}");
    }
}
