//! What is looked for in a file: the nearest `watchfire.toml`, and the command line over it.
//!
//! `file` reads such a file, `layers` lays one thing over another, `show` prints what holds.
//! Start at [`Resolver`].

mod file;
mod layers;
mod show;
mod toml_reader;

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use lint::{Options, Selection};

use super::args::{FailOn, LintArgs};
use file::ConfigFile;

pub(super) use layers::{Facts, Layers};

/// The name under which settings are looked for.
pub(super) const NAME: &str = "watchfire.toml";

/// What holds for a file, or for many.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) selection: Selection,
    pub(super) options: Options,
    /// What was set, by name, with its value and where it was set.
    pub(super) origins: Vec<(String, String, String)>,
}

/// What holds for a run, whatever file it looks at: from the settings of its own folder.
#[derive(Clone, Debug, Default)]
pub(super) struct RunSettings {
    pub(super) fail_on: Option<FailOn>,
    pub(super) baseline: Option<PathBuf>,
    pub(super) prometheus: Option<PathBuf>,
    pub(super) alertmanager: Option<PathBuf>,
    pub(super) tests: Vec<PathBuf>,
}

/// Finds what holds for each file. Files with equal settings share them.
pub(super) struct Resolver<'a> {
    args: &'a LintArgs,
    /// Settings that hold instead of any that lie beside files.
    given: Option<Arc<ConfigFile>>,
    is_isolated: bool,
    today: Option<lint::Day>,
    read: HashMap<PathBuf, Arc<ConfigFile>>,
    /// What is nearest to a folder, by its absolute path and as it was written. Texts are hashed
    /// faster than paths.
    folders: HashMap<OsString, Option<Arc<ConfigFile>>>,
    /// Folders without settings of their own.
    bare: HashSet<PathBuf>,
    known: HashMap<layers::Key, usize>,
    /// All different settings.
    pub(super) all: Vec<Settings>,
}

impl<'a> Resolver<'a> {
    /// With the settings that the command line names, if any.
    pub(super) fn new(args: &'a LintArgs, today: Option<lint::Day>) -> anyhow::Result<Self> {
        let mut resolver = Self {
            args,
            given: None,
            is_isolated: args.isolated,
            today,
            read: HashMap::new(),
            folders: HashMap::new(),
            bare: HashSet::new(),
            known: HashMap::new(),
            all: Vec::new(),
        };
        if let Some(path) = &args.config {
            resolver.given = Some(resolver.load(path)?);
        }
        // Mistakes of the command line are told even where there is nothing to look at.
        layers::settings(&Layers { file: None, args, facts: None, today, path: Path::new("") })?;
        Ok(resolver)
    }

    /// Takes note of folders in which no settings lie; they are not looked for there.
    pub(super) fn pass_over(&mut self, bare: Vec<PathBuf>) {
        self.bare.extend(bare);
    }

    /// What holds for the run.
    pub(super) fn run(&mut self) -> anyhow::Result<RunSettings> {
        let file = self.nearest(Path::new("."))?;
        Ok(file.map(|file| layers::run(&file)).unwrap_or_default())
    }

    /// Whether settings want a file that was met in a folder to be left out.
    pub(super) fn excludes(&mut self, path: &Path) -> anyhow::Result<bool> {
        let folder = path.parent().unwrap_or(Path::new("."));
        Ok(self.nearest(folder)?.is_some_and(|file| file.excludes(path)))
    }

    /// The index of what holds for a file.
    pub(super) fn of(&mut self, path: &Path, facts: Option<&Arc<Facts>>) -> anyhow::Result<usize> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let file = self.nearest(folder)?;
        let facts = facts.map(|facts| &**facts);
        let layers =
            Layers { file: file.as_deref(), args: self.args, facts, today: self.today, path };
        let key = layers.key();
        if let Some(index) = self.known.get(&key) {
            return Ok(*index);
        }
        self.all.push(layers::settings(&layers)?);
        self.known.insert(key, self.all.len() - 1);
        Ok(self.all.len() - 1)
    }

    /// The settings that are nearest to a folder, upwards.
    fn nearest(&mut self, folder: &Path) -> anyhow::Result<Option<Arc<ConfigFile>>> {
        if self.given.is_some() || self.is_isolated {
            return Ok(self.given.clone());
        }
        // As written, which files of one folder share.
        if let Some(known) = self.folders.get(folder.as_os_str()) {
            return Ok(known.clone());
        }
        let above = folder.parent().filter(|above| *above != Path::new(""));
        if let Some(above) = above.filter(|_| self.bare.contains(folder)) {
            let file = self.nearest(above)?;
            self.folders.insert(folder.into(), file.clone());
            return Ok(file);
        }
        // A relative path has ancestors above the current folder, too.
        let absolute =
            std::path::absolute(if folder == Path::new("") { Path::new(".") } else { folder });
        let absolute = absolute.unwrap_or_else(|_| folder.to_owned());
        let (mut passed, mut file) = (Vec::new(), None);
        for folder in absolute.ancestors() {
            if let Some(known) = self.folders.get(folder.as_os_str()) {
                file.clone_from(known);
                break;
            }
            passed.push(folder);
            let path = folder.join(NAME);
            if path.is_file() {
                file = Some(self.load(&shorter(&path))?);
                break;
            }
        }
        passed.push(folder);
        let passed = passed.into_iter().map(|folder| (folder.into(), file.clone()));
        self.folders.extend(passed);
        Ok(file)
    }

    fn load(&mut self, path: &Path) -> anyhow::Result<Arc<ConfigFile>> {
        if let Some(file) = self.read.get(path) {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(file::load(path, &mut |path| fs::read_to_string(path))?);
        self.read.insert(path.to_owned(), Arc::clone(&file));
        Ok(file)
    }
}

/// The path as seen from the current folder, if it lies in it.
fn shorter(path: &Path) -> PathBuf {
    let here = std::path::absolute(".").ok();
    let inside = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    inside.unwrap_or(path).to_owned()
}
