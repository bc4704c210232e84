//! Which files a command line means.
//!
//! A folder means every file in it whose name says YAML; whether it holds rules is seen when it is
//! read. Links to files are followed, links to folders only when they are named.

use std::{
    cmp::Ordering,
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;

use super::{
    parallel,
    settings::{self, Facts},
};

/// A file that is to be looked at.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    /// Where it is; none for standard input.
    pub(crate) path: Option<PathBuf>,
    /// How it is called in findings.
    pub(crate) name: String,
    /// It was met in a folder: it is left out unless it holds rules.
    pub(crate) is_met: bool,
    /// What the prometheus.yml says that names it.
    pub(super) facts: Option<Arc<Facts>>,
}

/// What a command line means.
#[derive(Debug, Default)]
pub(crate) struct Discovered {
    /// In the order of the command line, and of names within a folder; none twice.
    pub(crate) inputs: Vec<Input>,
    /// What was named and is not there.
    pub(crate) missing: Vec<anyhow::Error>,
    /// Folders that cannot be read, and why.
    pub(crate) unreadable: Vec<(PathBuf, String)>,
    /// Folders that were read and hold no settings.
    pub(super) bare: Vec<PathBuf>,
    /// Whether a file may be among the inputs under two names.
    pub(super) may_repeat: bool,
}

/// The files that are meant by paths and patterns.
pub(crate) fn discover(paths: &[PathBuf], stdin_name: Option<&Path>) -> Discovered {
    let mut discovered = Discovered { may_repeat: paths.len() > 1, ..Discovered::default() };
    for path in paths {
        if path.as_os_str() == "-" {
            let name = stdin_name.unwrap_or(Path::new("<stdin>")).display().to_string();
            discovered.inputs.push(Input { path: None, name, is_met: false, facts: None });
        } else {
            discovered.named(path);
        }
    }
    if discovered.may_repeat {
        let mut seen = HashSet::new();
        discovered.inputs.retain(|input| seen.insert(input.path.clone()));
    }
    discovered
}

impl Input {
    /// A file that was named.
    pub(crate) fn named(path: PathBuf) -> Self {
        Self { name: path.display().to_string(), path: Some(path), is_met: false, facts: None }
    }

    fn met(path: PathBuf) -> Self {
        Self { is_met: true, ..Self::named(path) }
    }
}

impl Discovered {
    fn named(&mut self, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.folder(path),
            Ok(_) => self.inputs.push(Input::named(path.to_owned())),
            Err(error) => {
                let text = path.to_string_lossy();
                if text.contains(['*', '?', '[']) {
                    self.pattern(&text);
                } else {
                    let shown = path.display();
                    let error = anyhow::Error::new(error);
                    self.missing.push(error.context(format!("cannot read {shown}")));
                }
            }
        }
    }

    fn pattern(&mut self, text: &str) {
        let matches = glob::glob(text).with_context(|| format!("`{text}` is not a pattern"));
        match matches {
            Ok(matches) => {
                self.may_repeat = true;
                let before = self.inputs.len();
                for path in matches.filter_map(Result::ok) {
                    if path.is_dir() {
                        self.folder(&path);
                    } else {
                        self.inputs.push(Input::named(path));
                    }
                }
                if self.inputs.len() == before {
                    self.missing.push(anyhow::anyhow!("`{text}` matches no file"));
                }
            }
            Err(error) => self.missing.push(error),
        }
    }

    /// All files below a folder, sorted by path.
    fn folder(&mut self, root: &Path) {
        let mut found = Vec::new();
        let mut folders = vec![root.to_owned()];
        while !folders.is_empty() {
            let listed = parallel::map(&folders, |folder| list(folder));
            let mut below = Vec::new();
            for (folder, listed) in folders.into_iter().zip(listed) {
                found.extend(listed.files);
                self.may_repeat |= listed.has_links;
                if !listed.has_settings && listed.error.is_none() {
                    self.bare.push(folder.clone());
                }
                below.extend(listed.folders);
                let error = listed.error.map(|error| (folder, error.to_string()));
                self.unreadable.extend(error);
            }
            folders = below;
        }
        found.sort_unstable_by(|a, b| by_components(a, b));
        self.inputs.extend(found.into_iter().map(Input::met));
    }
}

/// What is in a folder.
#[derive(Default)]
struct Listed {
    /// Those that are YAML.
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    has_settings: bool,
    /// Whether links are among the files.
    has_links: bool,
    /// Why there may be more.
    error: Option<io::Error>,
}

fn list(folder: &Path) -> Listed {
    let mut listed = Listed::default();
    listed.error = listed.fill(folder).err();
    listed
}

impl Listed {
    fn fill(&mut self, folder: &Path) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            self.has_settings |= name == settings::NAME;
            let path = match folder {
                here if here == Path::new(".") => PathBuf::from(&name),
                _ => entry.path(),
            };
            // A link to a folder is not followed: it may lead back here.
            match entry.file_type()? {
                kind if kind.is_dir() => self.folders.push(path),
                kind if is_yaml(&path) && (kind.is_file() || path.is_file()) => {
                    self.has_links |= !kind.is_file();
                    self.files.push(path);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The order of paths, name by name, of paths below one folder: what ends a name comes before all
/// that goes on.
fn by_components(a: &Path, b: &Path) -> Ordering {
    let rank = |byte: &u8| if std::path::is_separator(char::from(*byte)) { 0 } else { *byte };
    let (a, b) = (a.as_os_str().as_encoded_bytes(), b.as_os_str().as_encoded_bytes());
    a.iter().map(rank).cmp(b.iter().map(rank))
}

fn is_yaml(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|e| e.eq_ignore_ascii_case("yml") || e.eq_ignore_ascii_case("yaml"))
}
