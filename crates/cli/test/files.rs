//! Which files are tests, and the rule files that they name.

use std::{
    collections::HashMap,
    fs,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use anyhow::Context;
use diagnostics::Source;
use glob::MatchOptions;
use rules::ReadOptions;
use testfile::TestFile;
use unittest::{Input, RuleText};

use crate::output;

/// As Go's globs: a star ends at a separator, and dots are nothing special.
const GLOB: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// All files that paths stand for, each once, and how many paths stand for nothing. Those are
/// told of.
pub(super) fn expand(paths: &[PathBuf]) -> (Vec<PathBuf>, usize) {
    let (mut files, mut unreadable): (Vec<PathBuf>, usize) = (Vec::new(), 0);
    for path in paths {
        match expand_one(path) {
            Ok(found) => {
                for file in found {
                    if !files.contains(&file) {
                        files.push(file);
                    }
                }
            }
            Err(error) => {
                output::complain(&error);
                unreadable += 1;
            }
        }
    }
    (files, unreadable)
}

fn expand_one(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.is_dir() {
        let mut files = Vec::new();
        walk(path, &mut files)
            .with_context(|| format!("cannot read the folder {}", path.display()))?;
        files.sort();
        anyhow::ensure!(!files.is_empty(), "no file in {} has `tests:`", path.display());
        return Ok(files);
    }
    if path.exists() || !is_pattern(path) {
        return Ok(vec![path.to_owned()]);
    }
    let found = matches(path, true).map_err(|message| anyhow::anyhow!("{message}"))?;
    anyhow::ensure!(!found.is_empty(), "no file matches {}", path.display());
    Ok(found)
}

/// All files of a folder that hold tests.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // A link to a folder is not followed: it may lead back here.
        if entry.file_type()?.is_dir() {
            walk(&path, files)?;
        } else if is_yaml(&path) && path.is_file() && holds_tests(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("yml") || e.eq_ignore_ascii_case("yaml"))
}

fn holds_tests(path: &Path) -> bool {
    let is_tests = |line: &[u8]| line.starts_with(b"tests:") || line.starts_with(b"\"tests\":");
    fs::read(path).is_ok_and(|bytes| bytes.split(|b| *b == b'\n').any(is_tests))
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

/// The files that a pattern matches, sorted. Two stars stand for folders within folders where
/// that is wanted.
fn matches(path: &Path, deep: bool) -> Result<Vec<PathBuf>, String> {
    let mut pattern = path.to_string_lossy().into_owned();
    if !deep {
        while pattern.contains("**") {
            pattern = pattern.replace("**", "*");
        }
    }
    pattern = pattern.replace("[^", "[!");
    let found = glob::glob_with(&pattern, GLOB).map_err(|error| error.msg.to_owned())?;
    let mut found: Vec<PathBuf> = found.filter_map(Result::ok).collect();
    found.sort();
    Ok(found)
}

/// Reads test files together with their rule files; a rule file that several name is read once.
pub(super) struct Reader {
    options: ReadOptions,
    compat: bool,
    rules: Mutex<HashMap<PathBuf, Arc<OnceLock<RuleText>>>>,
}

impl Reader {
    pub(super) fn new(options: ReadOptions, compat: bool) -> Self {
        Self { options, compat, rules: Mutex::default() }
    }

    /// A file of tests.
    pub(super) fn read(&self, path: &Path) -> anyhow::Result<Input> {
        let name = path.display().to_string();
        let bytes = fs::read(path).map_err(|error| {
            let why = plain(&error);
            if self.compat {
                anyhow::anyhow!("open {name}: {why}")
            } else {
                anyhow::anyhow!("cannot read {name}: {why}")
            }
        })?;
        let (text, file) = match String::from_utf8(bytes) {
            Ok(text) => {
                let file = testfile::parse(&text);
                (text, file)
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                (text, TestFile::not_utf8(at))
            }
        };
        let mut input = Input {
            source: Source::new(name, text),
            file: Arc::new(file),
            rules: Vec::new(),
            unmatched: Vec::new(),
            bad_pattern: None,
        };
        self.add_rules(path.parent().unwrap_or(Path::new("")), &mut input);
        Ok(input)
    }

    fn add_rules(&self, folder: &Path, input: &mut Input) {
        let mut paths: Vec<PathBuf> = Vec::new();
        let file = Arc::clone(&input.file);
        for (place, pattern) in file.rule_files.iter().enumerate() {
            let path = if pattern.text.is_empty() {
                PathBuf::new()
            } else {
                clean(&folder.join(&pattern.text))
            };
            let found = if path.exists() {
                vec![path.clone()]
            } else {
                match matches(&path, !self.compat) {
                    Ok(found) => found,
                    Err(message) => {
                        input.bad_pattern.get_or_insert((place, message));
                        continue;
                    }
                }
            };
            if found.is_empty() {
                input.unmatched.push((place, path.display().to_string()));
            }
            for path in found {
                if !paths.contains(&path) {
                    paths.push(path);
                }
            }
        }
        input.rules = paths.iter().map(|path| self.rules(path)).collect();
    }

    fn rules(&self, path: &Path) -> RuleText {
        let cell = {
            let mut all = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(path.to_owned()).or_default())
        };
        cell.get_or_init(|| self.read_rules(path)).clone()
    }

    fn read_rules(&self, path: &Path) -> RuleText {
        let name = path.display().to_string();
        let text = match fs::read(path).map(String::from_utf8) {
            Ok(Ok(text)) => text,
            Ok(Err(error)) => {
                let at = error.utf8_error().valid_up_to();
                let message = format!("this is not UTF-8 from byte {at} on");
                return RuleText::Unreadable { name, message };
            }
            Err(error) => return RuleText::Unreadable { name, message: plain(&error) },
        };
        RuleText::Read(Arc::new(rules::read(&Source::new(name, text), &self.options)))
    }
}

/// The path without `.` and, where that can be told, without `..`.
fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(cleaned.components().next_back(), Some(Component::Normal(_))) =>
            {
                cleaned.pop();
            }
            other => cleaned.push(other),
        }
    }
    if cleaned.as_os_str().is_empty() { PathBuf::from(".") } else { cleaned }
}

/// What went wrong, without the system's number for it, in lower case.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.to_lowercase()
}
