//! Real rule files and manifests, from the folder that `CONFORMANCE_DIR` names: promtool, where it
//! is installed, agrees about which are good, but for what its version does not know.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use diagnostics::Source;
use rules::{
    DocumentKind, ReadOptions, RuleFile, features, read, read_bytes,
    yaml::{Content, Node, Origin, Tag, parse},
};

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

/// The files of a folder below `CONFORMANCE_DIR`.
fn real_files(folder: &str) -> Option<Vec<PathBuf>> {
    let Some(base) = std::env::var_os("CONFORMANCE_DIR") else {
        eprintln!("skipped: set CONFORMANCE_DIR to a folder with {folder}/ in it");
        return None;
    };
    let mut found = Vec::new();
    files(&Path::new(&base).join(folder), &mut found);
    found.sort();
    assert!(!found.is_empty(), "no files in {}/{folder}", base.display());
    Some(found)
}

/// What promtool makes of files.
struct Promtool {
    version: (u32, u32),
    accepted: HashSet<String>,
}

impl Promtool {
    fn check(paths: &[PathBuf]) -> Option<Self> {
        let Ok(version) = Command::new("promtool").arg("--version").output() else {
            let required = std::env::var_os("WATCHFIRE_REQUIRE_SERVERS").is_some();
            assert!(!required, "promtool is not installed");
            eprintln!("skipped: promtool is not installed");
            return None;
        };
        let version = [version.stdout, version.stderr].concat();
        let version = String::from_utf8_lossy(&version).into_owned();
        let numbers = version.split("version ").nth(1).expect("promtool tells its version");
        let mut numbers = numbers.split('.').map(|n| n.parse().expect("a number"));
        let version = (numbers.next().expect("major"), numbers.next().expect("minor"));
        let mut command = Command::new("promtool");
        command.args(["check", "rules", "--lint=none"]).args(paths);
        let run = command.output().expect("promtool runs");
        let stdout = String::from_utf8_lossy(&run.stdout).into_owned();
        let lines: Vec<&str> = stdout.lines().collect();
        let accepted = lines.windows(2).filter(|pair| pair[1].contains("SUCCESS"));
        let accepted = accepted.filter_map(|pair| pair[0].strip_prefix("Checking "));
        Some(Self { version, accepted: accepted.map(str::to_owned).collect() })
    }

    fn accepts(&self, path: &Path) -> bool {
        self.accepted.contains(&*path.to_string_lossy())
    }

    /// What of a file its version does not know.
    fn misses(&self, file: &RuleFile) -> Option<String> {
        let groups = file.groups.iter().flat_map(|group| {
            let rules = group.rules.iter().flat_map(features::of_rule);
            features::of_group(group).into_iter().chain(rules)
        });
        let new = groups.map(|used| used.feature).find(|f| f.since > self.version)?;
        Some(format!("{} is known since {}", new.name, new.since_text()))
    }
}

/// Judges files side by side; differences need a reason.
fn compare(files: &[(PathBuf, RuleFile)]) {
    let paths: Vec<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
    let promtool = Promtool::check(&paths);
    let (mut n_accepted, mut reasons, mut unexplained) = (0, BTreeMap::new(), Vec::new());
    for (path, file) in files {
        let ours = file.errors.is_empty();
        n_accepted += usize::from(ours);
        let Some(promtool) = promtool.as_ref().filter(|p| p.accepts(path) != ours) else {
            continue;
        };
        match promtool.misses(file).or_else(|| only_the_operators(file)) {
            Some(reason) if ours => *reasons.entry(reason).or_insert(0) += 1,
            _ => unexplained.push((path, file.to_prometheus())),
        }
    }
    let n_rules: usize = files.iter().map(|(_, file)| file.n_rules()).sum();
    eprintln!("{} files, {n_accepted} accepted, {n_rules} rules", files.len());
    for (reason, n) in reasons {
        eprintln!("{n} that promtool refuses: {reason}");
    }
    assert!(unexplained.is_empty(), "promtool disagrees: {unexplained:#?}");
    assert!(n_accepted * 2 > files.len(), "most real files are good");
}

/// The one field that the operator knows and Prometheus does not.
fn only_the_operators(file: &RuleFile) -> Option<String> {
    let field = "partial_response_strategy";
    let uses = file.groups.iter().any(|group| group.field(field).is_some());
    uses.then(|| format!("`{field}` is Thanos's"))
}

#[test]
fn rule_files_are_judged_as_by_promtool() {
    let Some(paths) = real_files("rules") else { return };
    let files: Vec<_> = paths
        .into_iter()
        .map(|path| {
            let bytes = fs::read(&path).expect("a readable file");
            let file = read_bytes(&path.to_string_lossy(), bytes, &ReadOptions::default());
            (path, file)
        })
        .collect();
    compare(&files);
}

#[test]
fn manifests_are_judged_as_by_promtool_what_they_hold() {
    let Some(paths) = real_files("crd") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (mut judged, mut n_documents) = (Vec::new(), 0);
    for path in paths {
        let text = fs::read_to_string(&path).expect("a readable file");
        let file =
            read(&Source::new(path.to_string_lossy(), text.as_str()), &ReadOptions::default());
        n_documents += file.documents.len();
        let specs = specs(&text);
        let manifests = file
            .documents
            .iter()
            .filter(|document| matches!(document.kind, DocumentKind::PrometheusRule { .. }));
        assert!(
            manifests.count() == specs.len() || !file.errors.is_empty(),
            "{}: not all manifests are read",
            path.display()
        );
        // The rules of a manifest, as a file for promtool. One that is no YAML stays as it is.
        let extracted = folder.path().join(format!("{}.yml", judged.len()));
        let content = match &specs[..] {
            [] => text,
            specs => format!("{{\"groups\": [{}]}}", specs.concat()),
        };
        fs::write(&extracted, content).expect("a writable folder");
        judged.push((extracted, file));
    }
    eprintln!("{n_documents} documents");
    compare(&judged);
}

/// The groups of each `PrometheusRule` of a text, as JSON.
fn specs(text: &str) -> Vec<String> {
    let stream = parse(&Origin::file(&Source::new("", text)));
    let roots = stream.documents.iter().filter_map(|document| document.root.as_ref());
    let mut found = Vec::new();
    roots.for_each(|root| collect(root, &mut found));
    found
}

fn collect(node: &Arc<Node>, found: &mut Vec<String>) {
    let kind = node.get("kind").and_then(|kind| kind.as_scalar());
    if kind == Some("PrometheusRule") {
        let groups = node.get("spec").and_then(|spec| spec.get("groups"));
        let groups = groups.and_then(|groups| groups.as_sequence()).unwrap_or_default();
        found.push(groups.iter().map(|group| json(group)).collect::<Vec<_>>().join(", "));
    }
    let items = node.get("items").and_then(|items| items.as_sequence());
    items.into_iter().flatten().for_each(|item| collect(item, found));
}

fn json(node: &Node) -> String {
    match &node.content {
        Content::Scalar { text, .. } => match node.resolve() {
            Tag::Null => "null".to_owned(),
            Tag::Int | Tag::Float | Tag::Bool => text.to_string(),
            _ => serde_json::to_string(&**text).expect("text is JSON"),
        },
        Content::Sequence(nodes) => {
            let items: Vec<String> = nodes.iter().map(|node| json(node)).collect();
            format!("[{}]", items.join(", "))
        }
        Content::Mapping(_) => {
            let entries = node.entries().expect("merge keys are mappings");
            let entries =
                entries.iter().map(|(key, value)| format!("{}: {}", json(key), json(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}
