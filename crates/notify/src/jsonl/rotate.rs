//! A file that is appended to line by line and rotated by size.
//!
//! `events.jsonl` becomes `events.jsonl.1`, that becomes `.2`, and so on; the oldest goes. A line
//! is never split between files. Where rotating fails, the line is still written: a file that
//! grows too large loses less than one that is not written. The crate `file-rotate` was tried
//! first: it reports a line as written when the file could not be opened, and asserts about files
//! that others may delete.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::rotated;

/// When a file is rotated, and how much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// A file does not grow beyond this, unless one line is longer.
    pub max_size: u64,
    /// How many old files are kept beside the current one.
    pub max_files: usize,
}

impl Default for Rotation {
    fn default() -> Self {
        Self { max_size: 100 << 20, max_files: 10 }
    }
}

pub(super) struct RotatedFile {
    path: PathBuf,
    rotation: Rotation,
    /// None after a failure: opened again with the next line.
    file: Option<File>,
    /// Said once, until rotating works again.
    rotation_failed: bool,
}

impl RotatedFile {
    pub(super) fn open(path: &Path, rotation: Rotation) -> io::Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        Ok(Self {
            path: path.into(),
            rotation,
            file: Some(append_to(path)?),
            rotation_failed: false,
        })
    }

    /// Appends one line; what was half written of it is taken back on failure.
    pub(super) fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let mut file = self.current()?;
        let mut size = file.metadata()?.len();
        if size > 0 && size + line.len() as u64 > self.rotation.max_size {
            match self.rotate() {
                Ok(()) => {
                    file = append_to(&self.path)?;
                    size = 0;
                    self.rotation_failed = false;
                }
                Err(error) => self.report(&error),
            }
        }
        let written = file.write_all(line);
        if written.is_err() {
            file.set_len(size)?;
        }
        self.file = Some(file);
        written
    }

    fn report(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.rotation_failed, true) {
            tracing::warn!(file = %self.path.display(), %error, "cannot rotate the event file");
        }
    }

    /// The open file, or a new one where somebody has moved or removed it.
    fn current(&mut self) -> io::Result<File> {
        match self.file.take().filter(|file| is_at(file, &self.path)) {
            Some(file) => Ok(file),
            None => append_to(&self.path),
        }
    }

    fn rotate(&self) -> io::Result<()> {
        if self.rotation.max_files == 0 {
            return fs::remove_file(&self.path);
        }
        for i in (1..self.rotation.max_files).rev() {
            match fs::rename(rotated(&self.path, i), rotated(&self.path, i + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::rename(&self.path, rotated(&self.path, 1))
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}
