//! Which files are rule files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context;

/// What a YAML document seems to be, from its keys at the left margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Rule groups, or nothing that is recognised.
    Rules,
    /// A configuration of Prometheus or ours.
    Config,
    /// A Kubernetes manifest, which may hold rules.
    Manifest,
    /// Unit tests of rules.
    Tests,
    /// Something else, such as a configuration of Alertmanager.
    Other,
}

/// All files that a path stands for: itself, or the rule files of a folder, sorted.
pub(crate) fn expand(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let metadata = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    walk(path, &mut files).with_context(|| format!("cannot read the folder {}", path.display()))?;
    files.sort();
    Ok(files)
}

/// What a document seems to be.
pub(crate) fn kind(text: &str) -> Kind {
    let mut seen = Kind::Rules;
    for key in top_level_keys(text) {
        match key {
            "groups" => return Kind::Rules,
            "apiVersion" | "kind" => return Kind::Manifest,
            "tests" => seen = Kind::Tests,
            "route" | "receivers" => seen = Kind::Other,
            "global" | "rule_files" | "alerting" | "scrape_configs" | "source" | "events"
                if seen == Kind::Rules =>
            {
                seen = Kind::Config;
            }
            _ => {}
        }
    }
    seen
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        // A link to a folder is not followed: it may lead back here.
        if entry.file_type()?.is_dir() {
            walk(&path, files)?;
        } else if is_yaml(&name) && !is_unit_test(&name) && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

fn is_yaml(name: &str) -> bool {
    let extension = Path::new(name).extension();
    extension.is_some_and(|e| e.eq_ignore_ascii_case("yml") || e.eq_ignore_ascii_case("yaml"))
}

fn is_unit_test(name: &str) -> bool {
    Path::new(name)
        .file_stem()
        .is_some_and(|stem| Path::new(stem).extension().is_some_and(|e| e == "test"))
}

fn top_level_keys(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let (key, _) = line.split_once(':')?;
        let key = key.trim_matches(['"', '\'']);
        key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then_some(key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_told_apart_by_their_keys() {
        assert_eq!(kind("# x\ngroups:\n- name: route\n"), Kind::Rules);
        assert_eq!(kind("group:\n"), Kind::Rules, "a mistake to be reported");
        assert_eq!(kind("global:\n  x: 1\nrule_files: [a]\n"), Kind::Config);
        assert_eq!(kind("rule_files: [a]\ntests:\n"), Kind::Tests);
        assert_eq!(kind("global:\n  resolve_timeout: 1m\nroute:\n"), Kind::Other);
        assert_eq!(
            kind("apiVersion: v1\nkind: PrometheusRule\nspec:\n  groups:\n"),
            Kind::Manifest
        );
    }

    #[test]
    fn unit_tests_are_not_rule_files() {
        assert!(is_unit_test("sla.test.yml") && !is_unit_test("test.yml"));
        assert!(is_yaml("a.YAML") && !is_yaml("yml"));
    }
}
