//! Real rule files, from the folder that `CONFORMANCE_DIR` names: nothing panics, and promtool,
//! where it is installed, agrees about which files are good.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use promql::ParseOptions;
use rules::parse;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "yml" || e == "yaml") {
            found.push(path);
        }
    }
}

/// The files that promtool accepts; none if it is not installed.
fn accepted_by_promtool(paths: &[PathBuf]) -> Option<HashSet<String>> {
    let run = Command::new("promtool").args(["check", "rules", "--lint=none"]).args(paths).output();
    let stdout = String::from_utf8_lossy(&run.ok()?.stdout).into_owned();
    let lines: Vec<&str> = stdout.lines().collect();
    let accepted = lines.windows(2).filter(|pair| pair[1].contains("SUCCESS"));
    Some(accepted.filter_map(|pair| pair[0].strip_prefix("Checking ")).map(str::to_owned).collect())
}

#[test]
#[expect(clippy::print_stdout, reason = "the counts are what the reader wants")]
fn reads_real_rule_files() {
    let Some(folder) = std::env::var_os("CONFORMANCE_DIR") else {
        println!("skipped: set CONFORMANCE_DIR to a folder with rules/ in it");
        return;
    };
    let mut found = Vec::new();
    files(&Path::new(&folder).join("rules"), &mut found);
    found.sort();
    assert!(!found.is_empty(), "no rule files in {}", folder.display());
    let promtool = accepted_by_promtool(&found);
    let (mut n_accepted, mut n_rules, mut n_differ) = (0, 0, 0);
    for path in &found {
        let text = fs::read_to_string(path).expect("a readable file");
        let file = parse(&path.display().to_string(), &text, &ParseOptions::default());
        n_rules += file.n_rules();
        n_accepted += usize::from(file.errors.is_empty());
        let name = path.display().to_string();
        let agrees =
            |accepted: &HashSet<String>| accepted.contains(&name) == file.errors.is_empty();
        if !promtool.as_ref().is_none_or(agrees) {
            n_differ += 1;
            println!("promtool disagrees about {name}: ours {:?}", file.to_prometheus().first());
        }
    }
    let n_rejected = found.len() - n_accepted;
    println!("{n_accepted} accepted, {n_rejected} rejected, {n_rules} rules");
    println!("{n_differ} differ from promtool (installed: {})", promtool.is_some());
    assert!(n_accepted > n_rejected, "most real files are good");
}
