//! Which scripts the command line names.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

/// A script to be run.
#[derive(Debug)]
pub(super) struct Script {
    /// As it is shown.
    pub(super) name: String,
    /// Where its text is; standard input unless given.
    path: Option<PathBuf>,
    /// The line whose evaluation is wanted alone.
    pub(super) line: Option<usize>,
}

impl Script {
    /// Its text.
    pub(super) fn text(&self) -> anyhow::Result<String> {
        let bytes = if let Some(path) = &self.path {
            fs::read(path)
        } else {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        };
        let bytes = bytes.with_context(|| format!("cannot read {}", self.name))?;
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            anyhow::anyhow!("{} is not UTF-8 from byte {at} on", self.name)
        })
    }

    fn file(path: PathBuf, line: Option<usize>) -> Self {
        Self { name: path.display().to_string(), path: Some(path), line }
    }
}

/// The scripts that a path stands for: itself, or those of a folder, sorted.
pub(super) fn expand(path: &Path) -> anyhow::Result<Vec<Script>> {
    if path.as_os_str() == "-" {
        return Ok(vec![Script { name: "<stdin>".to_owned(), path: None, line: None }]);
    }
    if let Some((file, line)) = with_line(path) {
        return Ok(vec![Script::file(file, Some(line))]);
    }
    let metadata = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if !metadata.is_dir() {
        return Ok(vec![Script::file(path.to_owned(), None)]);
    }
    let mut files = Vec::new();
    walk(path, &mut files).with_context(|| format!("cannot read the folder {}", path.display()))?;
    if files.is_empty() {
        bail!("there are no scripts (*.test) in {}", path.display());
    }
    files.sort();
    Ok(files.into_iter().map(|file| Script::file(file, None)).collect())
}

/// `FILE:LINE`, where no file has the whole as its name.
fn with_line(path: &Path) -> Option<(PathBuf, usize)> {
    let (file, line) = path.to_str()?.rsplit_once(':')?;
    let line = line.parse().ok()?;
    (!path.exists() && Path::new(file).is_file()).then(|| (file.into(), line))
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // A link to a folder is not followed: it may lead back here.
        if entry.file_type()?.is_dir() {
            walk(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "test") && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
