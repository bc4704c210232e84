//! A `watchfire.toml`: what it sets, in order, with places.

use std::{
    io,
    ops::Range,
    path::{Component, Path, PathBuf},
};

use anyhow::Context;
use diagnostics::{Severity, Source};
use lint::{Options, RunbookPages, Selection};
use toml::de::DeTable;

use super::toml_reader::{Reader, Value, entries};
use crate::{
    check::args::{FailOn, fail_on_of, level_of},
    config::Problems,
};

/// Files that extend each other may be so many.
const MAX_EXTENDED: usize = 16;

const KEYS: &[&str] = &[
    "extend",
    "select",
    "extend-select",
    "ignore",
    "preview",
    "severity",
    "exclude",
    "options",
    "per-path",
    "require-suppression-reason",
    "fail-on",
    "baseline",
    "prometheus",
    "alertmanager",
    "tests",
];
const PER_PATH: &[&str] = &["select", "extend-select", "ignore", "preview", "severity"];
const OPTIONS: &[&str] = &[
    "scrape-interval",
    "evaluation-interval",
    "lookback",
    "external-labels",
    "target-version",
    "required-labels",
    "required-annotations",
    "runbook-annotation",
    "runbook-pages",
];

/// A file of settings.
#[derive(Debug)]
pub(super) struct ConfigFile {
    /// As it was named.
    pub(super) path: PathBuf,
    /// What it sets, after what the files set that it extends.
    pub(super) items: Vec<Item>,
}

/// One thing that is set.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Such as `options.scrape-interval`.
    pub(super) key: String,
    /// The value as it is shown.
    pub(super) shown: String,
    /// Such as `watchfire.toml:3`.
    pub(super) place: String,
    pub(super) setting: Setting,
}

/// What a thing that is set does.
#[derive(Clone, Debug)]
pub(super) enum Setting {
    /// Runs these and no others.
    Select(Vec<String>),
    ExtendSelect(Vec<String>),
    Ignore(Vec<String>),
    Preview(bool),
    Severity(String, Severity),
    Exclude(Pattern),
    Options(fn(&mut Options, &Options), Box<Options>),
    /// For files that match.
    PerPath(Pattern, Vec<Item>),
    FailOn(FailOn),
    Baseline(PathBuf),
    Prometheus(PathBuf),
    Alertmanager(PathBuf),
    Tests(Vec<PathBuf>),
}

/// A pattern of paths, relative to a folder.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    folder: PathBuf,
    pattern: glob::Pattern,
}

impl Pattern {
    fn new(folder: &Path, text: &str) -> Result<Self, glob::PatternError> {
        // A folder means all that is in it.
        let text = match text.strip_suffix('/') {
            Some(folder) => format!("{folder}/**"),
            None => text.to_owned(),
        };
        let folder =
            std::path::absolute(if folder == Path::new("") { Path::new(".") } else { folder });
        let folder = folder.unwrap_or_default();
        Ok(Self { folder, pattern: glob::Pattern::new(&text)? })
    }

    pub(super) fn matches(&self, path: &Path) -> bool {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let inside = absolute.strip_prefix(&self.folder);
        let options = glob::MatchOptions { require_literal_separator: true, ..Default::default() };
        inside.is_ok_and(|inside| {
            self.pattern.matches_path_with(inside, options)
                || inside
                    .ancestors()
                    .skip(1)
                    .any(|above| self.pattern.matches_path_with(above, options))
        })
    }
}

impl ConfigFile {
    /// Whether a file is to be left out.
    pub(super) fn excludes(&self, path: &Path) -> bool {
        self.items.iter().any(|item| match &item.setting {
            Setting::Exclude(pattern) => pattern.matches(path),
            _ => false,
        })
    }
}

/// Reads a file and those that it extends.
pub(super) fn load(
    path: &Path,
    read: &mut dyn FnMut(&Path) -> io::Result<String>,
) -> anyhow::Result<ConfigFile> {
    let (mut items, mut next) = (Vec::new(), Some(path.to_owned()));
    for _ in 0..MAX_EXTENDED {
        let Some(path_now) = next.take() else {
            return Ok(ConfigFile { path: path.to_owned(), items });
        };
        let text =
            read(&path_now).with_context(|| format!("cannot read {}", path_now.display()))?;
        let (extends, own) = parse(&path_now, &text)?;
        items.splice(0..0, own);
        next = extends;
    }
    anyhow::bail!("{} extends too many files, or itself", path.display())
}

/// What a text sets, and which file it extends.
fn parse(path: &Path, text: &str) -> Result<(Option<PathBuf>, Vec<Item>), Problems> {
    let source = Source::new(path.display().to_string(), text);
    let mut reader = Reader::new(&source);
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut parser = Parser { reader: &mut reader, folder, items: Vec::new(), extends: None };
    match DeTable::parse(text) {
        Ok(table) => {
            for (key, at, value) in entries(table.get_ref()) {
                parser.entry(key, at, value);
            }
        }
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            parser.reader.wrong(at, error.message());
        }
    }
    let (items, extends) = (parser.items, parser.extends);
    if reader.found.is_empty() {
        return Ok((extends, items));
    }
    reader.found.sort_by_key(|diagnostic| diagnostic.span);
    let diagnostics = reader.found;
    Err(Problems { file: source.name.clone(), text: source.text.clone(), diagnostics })
}

struct Parser<'r> {
    reader: &'r mut Reader,
    folder: &'r Path,
    items: Vec<Item>,
    extends: Option<PathBuf>,
}

impl Parser<'_> {
    fn entry(&mut self, key: &str, at: Range<usize>, value: &Value<'_>) {
        match key {
            "extend" => {
                self.extends = self.reader.text(value).map(|path| clean(&self.folder.join(path)));
            }
            "exclude" => {
                for (text, at) in self.reader.texts(value) {
                    if let Some(pattern) = self.pattern(&text, at.clone()) {
                        self.add(key, &text, &at, Setting::Exclude(pattern));
                    }
                }
            }
            "options" => {
                for (name, at, value) in self.reader.entries(value) {
                    self.option(name, at, value);
                }
            }
            "per-path" => {
                for (text, at, value) in self.reader.entries(value) {
                    self.per_path(text, &at, value);
                }
            }
            "require-suppression-reason" => {
                if let Some(flag) = self.reader.flag(value) {
                    let given = Options { needs_suppression_reason: flag, ..Options::default() };
                    let apply: fn(&mut Options, &Options) =
                        |to, from| to.needs_suppression_reason = from.needs_suppression_reason;
                    self.add(key, &flag.to_string(), &at, Setting::Options(apply, given.into()));
                }
            }
            "fail-on" => {
                let level = self.reader.text(value).map(str::to_owned);
                match level.as_deref().map(|level| (level, fail_on_of(level))) {
                    Some((shown, Some(level))) => self.add(key, shown, &at, Setting::FailOn(level)),
                    Some((_, None)) => self
                        .reader
                        .wrong(value.span(), "the level is info, warning, error or never"),
                    None => {}
                }
            }
            "baseline" => self.path(key, &at, value, Setting::Baseline),
            "prometheus" => self.path(key, &at, value, Setting::Prometheus),
            "alertmanager" => self.path(key, &at, value, Setting::Alertmanager),
            "tests" => {
                let texts = self.reader.texts(value);
                let paths = texts.iter().map(|(text, _)| self.folder.join(text)).collect();
                let shown: Vec<_> = texts.into_iter().map(|(text, _)| text).collect();
                self.add(key, &shown.join(", "), &at, Setting::Tests(paths));
            }
            _ if PER_PATH.contains(&key) => self.lints(key, &at, value),
            _ => self.reader.unknown("setting", key, at, KEYS),
        }
    }

    /// Which lints run, and how bad what they find is.
    fn lints(&mut self, key: &str, at: &Range<usize>, value: &Value<'_>) {
        if key == "preview" {
            if let Some(flag) = self.reader.flag(value) {
                self.add(key, &flag.to_string(), at, Setting::Preview(flag));
            }
            return;
        }
        if key == "severity" {
            for (lint, at, value) in self.reader.entries(value) {
                self.severity(lint, &at, value);
            }
            return;
        }
        let mut words = Vec::new();
        for (word, at) in self.reader.texts(value) {
            if self.is_lint(&word, at) {
                words.push(word);
            }
        }
        let shown = words.join(", ");
        let setting = match key {
            "select" => Setting::Select(words),
            "extend-select" => Setting::ExtendSelect(words),
            _ => Setting::Ignore(words),
        };
        self.add(key, &shown, at, setting);
    }

    fn severity(&mut self, lint: &str, at: &Range<usize>, value: &Value<'_>) {
        let is_lint = self.is_lint(lint, at.clone());
        let Some(name) = self.reader.text(value) else { return };
        match level_of(name) {
            Some(level) if is_lint => {
                let setting = Setting::Severity(lint.to_owned(), level);
                self.add(&format!("severity.{lint}"), name, at, setting);
            }
            Some(_) => {}
            None => self.reader.wrong(value.span(), "the level is info, warning or error"),
        }
    }

    fn is_lint(&mut self, word: &str, at: Range<usize>) -> bool {
        let known = Selection::default().ignore(word);
        if let Err(error) = &known {
            self.reader.wrong(at, error.to_string());
        }
        known.is_ok()
    }

    fn per_path(&mut self, text: &str, at: &Range<usize>, value: &Value<'_>) {
        let Some(pattern) = self.pattern(text, at.clone()) else { return };
        let mut inner =
            Parser { reader: self.reader, folder: self.folder, items: Vec::new(), extends: None };
        for (key, at, value) in inner.reader.entries(value) {
            if PER_PATH.contains(&key) {
                inner.lints(key, &at, value);
            } else {
                inner.reader.unknown("setting of a path", key, at, PER_PATH);
            }
        }
        let items = inner.items;
        self.add(&format!("per-path.\"{text}\""), "", at, Setting::PerPath(pattern, items));
    }

    fn pattern(&mut self, text: &str, at: Range<usize>) -> Option<Pattern> {
        match Pattern::new(self.folder, text) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                self.reader.wrong(at, format!("`{text}` is not a pattern: {}", error.msg));
                None
            }
        }
    }

    fn path(
        &mut self,
        key: &str,
        at: &Range<usize>,
        value: &Value<'_>,
        setting: fn(PathBuf) -> Setting,
    ) {
        if let Some(text) = self.reader.text(value) {
            let path = self.folder.join(text);
            self.add(key, text, at, setting(path));
        }
    }

    fn option(&mut self, name: &str, at: Range<usize>, value: &Value<'_>) {
        let mut given = Options::default();
        let apply: fn(&mut Options, &Options) = match name {
            "scrape-interval" => {
                given.scrape_interval = self.reader.duration(value);
                |to, from| to.scrape_interval = from.scrape_interval
            }
            "evaluation-interval" => {
                given.evaluation_interval = self.reader.duration(value);
                |to, from| to.evaluation_interval = from.evaluation_interval
            }
            "lookback" => {
                given.lookback = self.reader.duration(value);
                |to, from| to.lookback = from.lookback
            }
            "external-labels" => {
                given.external_labels = Some(self.words(value));
                |to, from| to.external_labels.clone_from(&from.external_labels)
            }
            "target-version" => {
                given.target_version = self.version(value);
                |to, from| to.target_version = from.target_version
            }
            "required-labels" => {
                given.required_labels = self.required_labels(value);
                |to, from| to.required_labels.clone_from(&from.required_labels)
            }
            "required-annotations" => {
                given.required_annotations = self.words(value);
                |to, from| to.required_annotations.clone_from(&from.required_annotations)
            }
            "runbook-annotation" => {
                given.runbook_annotation = self.reader.text(value).map(str::to_owned);
                |to, from| to.runbook_annotation.clone_from(&from.runbook_annotation)
            }
            "runbook-pages" => {
                given.runbook_pages = self.runbook_pages(value);
                |to, from| to.runbook_pages.clone_from(&from.runbook_pages)
            }
            _ => return self.reader.unknown("option", name, at, OPTIONS),
        };
        let span = value.span();
        let shown = self.reader.source.text.get(span).unwrap_or("").to_owned();
        self.add(&format!("options.{name}"), &shown, &at, Setting::Options(apply, given.into()));
    }

    fn words(&mut self, value: &Value<'_>) -> Vec<String> {
        self.reader.texts(value).into_iter().map(|(text, _)| text).collect()
    }

    fn version(&mut self, value: &Value<'_>) -> Option<(u32, u32)> {
        let text = self.reader.text(value)?;
        let parsed = text.split_once('.').and_then(|(major, rest)| {
            let minor = rest.split('.').next().unwrap_or(rest);
            Some((major.parse().ok()?, minor.parse().ok()?))
        });
        if parsed.is_none() {
            self.reader.wrong(value.span(), format!("`{text}` is not a version such as 2.53"));
        }
        parsed
    }

    /// Names alone, or names with the values that are allowed.
    fn required_labels(&mut self, value: &Value<'_>) -> Vec<(String, Vec<String>)> {
        if !value.get_ref().is_table() {
            return self.words(value).into_iter().map(|name| (name, Vec::new())).collect();
        }
        let entries = self.reader.entries(value).into_iter();
        entries.map(|(name, _, values)| (name.to_owned(), self.words(values))).collect()
    }

    fn runbook_pages(&mut self, value: &Value<'_>) -> Option<RunbookPages> {
        let (mut prefix, mut folder) = (None, None);
        for (name, at, value) in self.reader.entries(value) {
            match name {
                "prefix" => prefix = self.reader.text(value).map(str::to_owned),
                "folder" => {
                    folder = self.reader.text(value).map(|text| self.folder.join(text));
                    if let Some(missing) = folder.as_ref().filter(|folder| !folder.is_dir()) {
                        let message = format!("{} is no folder", missing.display());
                        self.reader.wrong(value.span(), message);
                    }
                }
                _ => self.reader.unknown("key", name, at, &["prefix", "folder"]),
            }
        }
        let (Some(prefix), Some(folder)) = (prefix, folder) else {
            self.reader.wrong(value.span(), "runbook-pages needs `prefix` and `folder`");
            return None;
        };
        Some(RunbookPages { prefix, pages: pages(&folder) })
    }

    fn add(&mut self, key: &str, shown: &str, at: &Range<usize>, setting: Setting) {
        let place = self.reader.place(at);
        self.items.push(Item { key: key.to_owned(), shown: shown.to_owned(), place, setting });
    }
}

/// A path without `FOLDER/..`, for people.
fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for part in path.components() {
        let is_up = part == Component::ParentDir;
        if is_up && matches!(cleaned.components().next_back(), Some(Component::Normal(_))) {
            cleaned.pop();
        } else {
            cleaned.push(part);
        }
    }
    cleaned
}

/// The pages below a folder, with and without the ending of a Markdown file.
fn pages(folder: &Path) -> std::collections::BTreeSet<String> {
    let (mut pages, mut folders) = (std::collections::BTreeSet::new(), vec![folder.to_owned()]);
    while let Some(now) = folders.pop() {
        for entry in std::fs::read_dir(&now).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if let Ok(page) = path.strip_prefix(folder) {
                let page = page.to_string_lossy().into_owned();
                pages.extend(page.strip_suffix(".md").map(str::to_owned));
                pages.insert(page);
            }
        }
    }
    pages
}
