//! What a configuration says about ways. Definitions carry no status.

use std::sync::Arc;

use diagnostics::{Diagnostic, Source, Span};
use model::Matcher;
use yaml::Located;

/// A configuration of Alertmanager.
#[derive(Clone, Debug)]
pub struct Config {
    /// The text, in which all spans count.
    pub source: Arc<Source>,
    /// The root of the tree; none if the file has none, or is no YAML.
    pub route: Option<Route>,
    /// Everybody who can be told.
    pub receivers: Vec<Receiver>,
    /// Which alerts silence which.
    pub inhibit_rules: Vec<InhibitRule>,
    /// Names of time intervals, of both kinds.
    pub time_intervals: Vec<Located>,
    /// Everything wrong, as far as it was looked at.
    pub errors: Vec<Diagnostic>,
}

/// Somebody who can be told.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// The name that routes use.
    pub name: Located,
}

/// A node of the tree of routes. An alert goes to the deepest route that takes it, and on to
/// siblings where `continue` says so.
#[derive(Clone, Debug)]
pub struct Route {
    /// Who is told; the parent's if none.
    pub receiver: Option<Located>,
    /// What an alert must have; all of them. The root has none.
    pub matchers: Vec<RouteMatcher>,
    /// Labels by which alerts become one notification; the parent's if none is written.
    pub group_by: Option<Vec<Located>>,
    /// Whether an alert that it took is also shown to the siblings behind.
    pub continues: bool,
    /// The children, in order.
    pub routes: Vec<Self>,
    /// Time intervals in which it is silent.
    pub mute_time_intervals: Vec<Located>,
    /// Time intervals outside of which it is silent.
    pub active_time_intervals: Vec<Located>,
    /// Where it is written.
    pub span: Span,
}

/// A matcher with its place.
#[derive(Clone, Debug)]
pub struct RouteMatcher {
    /// The matcher.
    pub matcher: Matcher,
    /// Where it is written.
    pub span: Span,
}

/// While an alert of the source is there, alerts of the target that agree with it in some labels
/// are not sent.
#[derive(Clone, Debug)]
pub struct InhibitRule {
    /// What inhibits.
    pub source: Vec<RouteMatcher>,
    /// What is inhibited.
    pub target: Vec<RouteMatcher>,
    /// Labels in which both must agree; one that both lack counts as equal.
    pub equal: Vec<Located>,
    /// Where it is written.
    pub span: Span,
}
