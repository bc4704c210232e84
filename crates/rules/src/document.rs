//! What a file holds.

use std::ops::Range;

use diagnostics::Span;
use yaml::Located;

/// A rule file, which may be part of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it is.
    pub kind: DocumentKind,
    /// Which of the file's groups are its own. Names of groups are unique among these.
    pub groups: Range<usize>,
    /// All of it, in bytes of the file.
    pub span: Span,
}

/// What a document is.
#[derive(Clone, Debug)]
pub enum DocumentKind {
    /// A rule file of Prometheus.
    RuleFile,
    /// A manifest of the Prometheus operator, which may be an item of a list.
    PrometheusRule {
        /// Where it belongs.
        namespace: Option<Located>,
        /// What it is called.
        name: Option<Located>,
    },
    /// A manifest of the VictoriaMetrics operator. Its expressions are MetricsQL: those that are no
    /// PromQL are no errors.
    VmRule {
        /// Where it belongs.
        namespace: Option<Located>,
        /// What it is called.
        name: Option<Located>,
    },
    /// A rule file of Prometheus inside of a ConfigMap.
    ConfigMap {
        /// Where the ConfigMap belongs.
        namespace: Option<Located>,
        /// What the ConfigMap is called.
        name: Option<Located>,
        /// The name of the file in it.
        key: Located,
    },
    /// Something that holds no rules, such as a manifest of another kind.
    Other {
        /// What it calls itself.
        kind: String,
    },
}

impl DocumentKind {
    /// Whether rules can stand in it.
    pub fn has_rules(&self) -> bool {
        !matches!(self, Self::Other { .. })
    }
}
