//! Folders of test scripts (`*.test`), run by `promqltest`.

use std::{fs, io, path::Path};

use promqltest::{Report, run_script};

/// Runs all scripts of a folder and the folders within.
pub fn run_dir(path: &Path) -> io::Result<Report> {
    let mut report = Report::default();
    visit(path, path, &mut report)?;
    report.files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(report)
}

fn visit(root: &Path, folder: &Path, report: &mut Report) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            visit(root, &path, report)?;
        } else if path.extension().is_some_and(|e| e == "test") {
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            report.files.push(run_script(&name, &fs::read_to_string(&path)?));
        }
    }
    Ok(())
}
