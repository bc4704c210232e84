//! `unreachable-route`: a route that no alert gets to.

use diagnostics::{Diagnostic, Proof, Severity};
use model::{
    Matcher,
    regex::language::{implies, satisfiable},
};
use routing::{Config, Route, RouteMatcher};

use crate::{Check, Found, Level, Lint, World};

pub(super) static LINT: Lint = Lint {
    name: "unreachable-route",
    code: "PN002",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "An earlier route takes every alert of a later one, or its matchers exclude each other.",
    why: "An alert goes to the first route that takes it, and on to the siblings behind only where \
          that one says `continue: true`. A route behind one that takes at least the same alerts \
          never gets any. The same holds where the matchers of a route, together with those of \
          the routes around it, let no value of a label through. Both are decided for all values \
          that labels can have. Needs Alertmanager's configuration (`--alertmanager`).",
    example: "",
    instead: "",
    fix: "",
    check: Check::World(check),
};

fn check<'w>(world: &'w World<'w>, found: &mut Found) {
    let Some(config) = world.alertmanager else { return };
    if let Some(root) = &config.route {
        children(config, root, &mut Vec::new(), found);
    }
}

fn children<'c>(
    config: &'c Config,
    parent: &'c Route,
    around: &mut Vec<&'c RouteMatcher>,
    found: &mut Found,
) {
    for (i, route) in parent.routes.iter().enumerate() {
        let before = parent.routes[..i].iter().filter(|earlier| !earlier.continues);
        let depth = around.len();
        around.extend(&route.matchers);
        let shadowing = before.into_iter().find(|earlier| takes_all(earlier, around));
        if let Some(earlier) = shadowing {
            let finding = Diagnostic::new(Severity::Error, "", head(config, route), SHADOWED)
                .because_of(&config.source, head(config, earlier), "takes every alert of it")
                .help("put it in front of the other, or let that one continue");
            found.add(&config.source, finding);
        } else if let Some((first, second)) = contradiction(around) {
            let message = format!("no alert has a `{}` that passes here", second.matcher.name);
            let mut finding = Diagnostic::new(Severity::Error, "", second.span, message);
            if let Some(first) = first {
                finding = finding.because(first.span, "must hold at the same time");
            }
            found.add(&config.source, finding);
        } else {
            children(config, route, around, found);
        }
        around.truncate(depth);
    }
}

const SHADOWED: &str = "no alert reaches this route: an earlier one takes all that it would take";

/// Whether a route takes every alert that passes these matchers.
fn takes_all(route: &Route, matchers: &[&RouteMatcher]) -> bool {
    route.matchers.iter().all(|wanted| {
        implies(&of_label(matchers, &wanted.matcher.name), &wanted.matcher) == Some(true)
    })
}

fn of_label<'m>(matchers: &[&'m RouteMatcher], name: &str) -> Vec<&'m Matcher> {
    matchers.iter().map(|m| &m.matcher).filter(|matcher| &*matcher.name == name).collect()
}

/// The matcher that lets nothing through, with one before it that has to do with it.
fn contradiction<'m>(
    matchers: &[&'m RouteMatcher],
) -> Option<(Option<&'m RouteMatcher>, &'m RouteMatcher)> {
    let (i, last) = matchers
        .iter()
        .enumerate()
        .find(|(i, m)| satisfiable(&of_label(&matchers[..=*i], &m.matcher.name)) == Some(false))?;
    let same = |m: &&&RouteMatcher| m.matcher.name == last.matcher.name;
    Some((matchers[..i].iter().find(same).copied(), *last))
}

/// A route as findings show it: its receiver, or its first matcher.
fn head(config: &Config, route: &Route) -> diagnostics::Span {
    let matchers = route.matchers.first().map(|first| first.span);
    let receiver = route.receiver.as_ref().map(yaml::Located::span);
    // Of an alias both stand elsewhere.
    let inside =
        |span: &diagnostics::Span| route.span.start <= span.start && span.end <= route.span.end;
    let end = config.source.within(route.span).end.min(route.span.start + 1);
    let start = diagnostics::Span { start: route.span.start, end };
    matchers.filter(inside).or(receiver.filter(inside)).unwrap_or(start)
}
