//! Walks over Alertmanager's configuration.

use routing::{Config, Route, RouteMatcher};

/// Every matcher of routes and inhibitions.
pub(crate) fn matchers(config: &Config) -> impl Iterator<Item = &RouteMatcher> {
    let mut routes = Vec::new();
    config.route.iter().for_each(|root| collect(root, &mut routes));
    let of_routes = routes.into_iter().flat_map(|route| &route.matchers);
    let of_rules =
        config.inhibit_rules.iter().flat_map(|rule| rule.source.iter().chain(&rule.target));
    of_routes.chain(of_rules)
}

fn collect<'c>(route: &'c Route, routes: &mut Vec<&'c Route>) {
    routes.push(route);
    route.routes.iter().for_each(|child| collect(child, routes));
}
