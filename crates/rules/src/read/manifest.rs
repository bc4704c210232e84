//! Which parts of Kubernetes manifests are rule files.

use std::sync::Arc;

use diagnostics::{Diagnostic, Severity};
use yaml::{Content, Located, Node, Origin};

use super::{Reader, first_line, mistake::Mistakes};
use crate::{Document, DocumentKind};

/// Lists inside of lists, and texts inside of texts.
pub(super) const MAX_NESTING: usize = 8;

/// Of the operator's manifests.
const API: &str = "monitoring.coreos.com/";

/// Whether a document is a manifest of Kubernetes.
pub(super) fn is_manifest(root: &Node) -> bool {
    let is_text = |name| root.get(name).is_some_and(|node| node.as_scalar().is_some());
    let others = ["apiVersion", "metadata", "spec", "data", "items", "objects"];
    is_text("kind")
        && root.get("groups").is_none()
        && others.iter().any(|name| root.get(name).is_some())
}

impl Reader {
    /// A manifest of any kind.
    pub(super) fn manifest(&mut self, origin: &Arc<Origin>, root: &Arc<Node>, nesting: usize) {
        let kind = root.get("kind").and_then(|kind| kind.as_scalar()).unwrap_or("");
        let (namespace, name) = identity(origin, root);
        let Some(nesting) = nesting.checked_sub(1) else { return };
        match kind {
            "PrometheusRule" => {
                self.spec(origin, root, DocumentKind::PrometheusRule { namespace, name });
            }
            "VMRule" => self.spec(origin, root, DocumentKind::VmRule { namespace, name }),
            "ConfigMap" => self.config_map(origin, root, &(namespace, name)),
            _ => {
                let items = ["items", "objects"].iter().find_map(|name| root.get(name));
                let items = items.and_then(|items| items.as_sequence());
                match items {
                    Some(items) => self.list(origin, items, kind, nesting),
                    None => self.other(origin, root, kind),
                }
            }
        }
    }

    fn list(&mut self, origin: &Arc<Origin>, items: &[Arc<Node>], kind: &str, nesting: usize) {
        for item in items {
            if is_manifest(item) {
                self.manifest(origin, item, nesting);
            } else if kind == "PrometheusRuleList" {
                let (namespace, name) = identity(origin, item);
                self.spec(origin, item, DocumentKind::PrometheusRule { namespace, name });
            }
        }
    }

    fn spec(&mut self, origin: &Arc<Origin>, root: &Arc<Node>, kind: DocumentKind) {
        // Items of a list of rules need not say what they are.
        if matches!(kind, DocumentKind::PrometheusRule { .. }) && root.get("kind").is_some() {
            self.warn_of_shape(origin, root);
        }
        let spec = root.get("spec").filter(|spec| !spec.is_null());
        if let Some(spec) = spec {
            return self.rule_file(origin, spec, kind, Mistakes::new(origin));
        }
        self.without_rules(origin, root, kind);
    }

    /// What the operator or the API server would refuse, or pass over.
    fn warn_of_shape(&mut self, origin: &Arc<Origin>, root: &Node) {
        let version = root.get("apiVersion");
        if !version
            .and_then(|node| node.as_scalar())
            .is_some_and(|version| version.starts_with(API))
        {
            let node = version.or(root.get("kind")).map_or(root, |node| node);
            let message = "a PrometheusRule has another `apiVersion`";
            self.warn(origin, node, message, "write `apiVersion: monitoring.coreos.com/v1`");
        }
        let metadata = root.get("metadata");
        let name = |key| metadata.is_some_and(|node| node.get(key).is_some());
        if !name("name") && !name("generateName") {
            let node = metadata.or(root.get("kind")).map_or(root, |node| node);
            self.warn(origin, node, "the manifest has no name", "write `name:` below `metadata:`");
        }
        let spec = root.get("spec");
        let groups = spec.and_then(|spec| spec.get("groups"));
        if groups.is_none_or(|groups| groups.is_null()) {
            let node = spec.or(root.get("kind")).map_or(root, |node| node);
            let help = "groups stand below `spec:`, as `groups:`";
            self.warn(origin, node, "the manifest holds no groups", help);
        }
    }

    fn warn(&mut self, origin: &Origin, node: &Node, message: &str, help: &str) {
        let span = first_line(origin.locate(node.span), &self.file.source.text);
        let warning = Diagnostic::new(Severity::Warning, "manifest-shape", span, message);
        self.file.warnings.push(warning.help(help));
    }

    /// The values of a ConfigMap that are rule files.
    fn config_map(
        &mut self,
        origin: &Arc<Origin>,
        root: &Arc<Node>,
        (namespace, name): &(Option<Located>, Option<Located>),
    ) {
        let before = self.file.documents.len();
        let data = root.get("data").and_then(|data| data.entries().ok()).unwrap_or_default();
        for (key, value) in data {
            let (Some(key), Some(text)) = (Located::new(origin, key), Located::new(origin, value))
            else {
                continue;
            };
            if !may_hold_groups(&text) {
                continue;
            }
            let inner = Origin::inside(&text);
            let mut stream = yaml::parse(&inner);
            if stream.documents.is_empty() {
                continue;
            }
            // As Prometheus would, when the file is mounted.
            let document = stream.documents.swap_remove(0);
            let mut mistakes = Mistakes::new(&inner);
            document.errors.into_iter().for_each(|error| mistakes.add_yaml(error));
            let Some(root) = document.root else {
                self.file.errors.extend(mistakes.found);
                continue;
            };
            if has_rules(&root) {
                self.file.comments.extend(stream.comments);
                let (namespace, name) = (namespace.clone(), name.clone());
                let kind = DocumentKind::ConfigMap { namespace, name, key };
                self.rule_file(&inner, &root, kind, mistakes);
            }
        }
        if self.file.documents.len() == before {
            self.other(origin, root, "ConfigMap");
        }
    }

    fn other(&mut self, origin: &Arc<Origin>, root: &Node, kind: &str) {
        self.without_rules(origin, root, DocumentKind::Other { kind: kind.to_owned() });
    }

    fn without_rules(&mut self, origin: &Arc<Origin>, root: &Node, kind: DocumentKind) {
        let first = self.file.groups.len();
        let span = origin.locate(root.span);
        self.file.documents.push(Document { kind, groups: first..first, span });
    }
}

/// The namespace and the name of a manifest.
fn identity(origin: &Arc<Origin>, root: &Node) -> (Option<Located>, Option<Located>) {
    let metadata = root.get("metadata");
    let text = |name| Located::new(origin, metadata?.get(name)?);
    (text("namespace"), text("name"))
}

/// Whether it is worth reading a text as YAML.
fn may_hold_groups(text: &str) -> bool {
    let is_json = text.trim_start().starts_with('{') && text.contains("\"groups\"");
    is_json || text.lines().any(|line| line.trim_matches(['"', '\'']).starts_with("groups"))
}

/// Whether a tree is that of a rule file: other files have groups as well.
fn has_rules(root: &Node) -> bool {
    let Some(groups) = root.get("groups").and_then(|groups| groups.as_sequence()) else {
        return false;
    };
    let is_group = |group: &Arc<Node>| {
        matches!(group.content, Content::Mapping(_)) && group.get("rules").is_some()
    };
    groups.iter().any(is_group)
}
