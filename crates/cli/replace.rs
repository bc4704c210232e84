//! Files are replaced as a whole: whoever reads one meanwhile sees the old text or the new one.

use std::{fs, io, io::Write, path::Path};

/// Puts another text in the place of a file's. Its permissions stay; a link stays a link.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::Builder::new().prefix(".watchfire-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    let metadata = fs::metadata(&path)?;
    file.as_file().set_permissions(metadata.permissions())?;
    #[cfg(unix)]
    keep_owner(file.as_file(), &metadata);
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

/// As far as the system lets us: only root may give files away.
#[cfg(unix)]
fn keep_owner(file: &fs::File, metadata: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let _ = fchown(file, Some(metadata.uid()), Some(metadata.gid()));
}
