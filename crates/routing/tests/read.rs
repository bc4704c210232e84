//! Configurations are read with the place of everything, and with what is wrong.

use std::fmt::Write;

use diagnostics::Source;
use routing::{Config, Route, read};
use yaml::Located;

fn outline(text: &str) -> String {
    let config = read(&Source::new("alertmanager.yml", text));
    let mut shown = String::new();
    if let Some(route) = &config.route {
        write(route, 0, &config, &mut shown);
    }
    for rule in &config.inhibit_rules {
        let of = |span: diagnostics::Span| span.of(&config.source.text).to_owned();
        let source: Vec<_> = rule.source.iter().map(|m| of(m.span)).collect();
        let target: Vec<_> = rule.target.iter().map(|m| of(m.span)).collect();
        let equal: Vec<_> = rule.equal.iter().map(Located::as_str).collect();
        let (source, target, equal) = (source.join(","), target.join(","), equal.join(","));
        let _ = writeln!(shown, "{source} mutes {target} equal {equal}");
    }
    for error in &config.errors {
        let place = config.source.place(error.span.unwrap_or_default().start);
        let _ = writeln!(shown, "{place}: {}", error.message);
    }
    shown
}

fn write(route: &Route, depth: usize, config: &Config, shown: &mut String) {
    let receiver = route.receiver.as_ref().map_or("-", |name| name.as_str());
    let matchers: Vec<_> = route.matchers.iter().map(|m| m.span.of(&config.source.text)).collect();
    let goes_on = if route.continues { " and on" } else { "" };
    let (indent, matchers) = ("  ".repeat(depth), matchers.join(" "));
    let _ = writeln!(shown, "{indent}{receiver} {matchers}{goes_on}");
    for child in &route.routes {
        write(child, depth + 1, config, shown);
    }
}

#[test]
fn a_tree_with_both_kinds_of_matchers() {
    let shown = outline(
        "route:
  receiver: all
  group_by: [alertname]
  routes:
    - receiver: pager
      matchers: [severity=\"critical\", 'team=~\"a|b\"']
      continue: true
    - match: {severity: warning}
      match_re:
        team: c|d
      routes:
        - matchers:
            - \"{service=api}\"
receivers: [{name: all}, {name: pager}]
inhibit_rules:
  - source_matchers: [severity=critical]
    target_match: {severity: warning}
    equal: [cluster]
",
    );
    let expected = "all 
  pager severity=\"critical\" team=~\"a|b\" and on
  - severity: warning team: c|d
    - service=api
severity=critical mutes severity: warning equal cluster
";
    assert_eq!(shown, expected);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let shown = outline(
        "route:
  matchers: [a=b]
  routes:
    - receiver: nobody
      matchers: [\"a=~(\", b]
      mute_time_intervals: [night]
receivers: {name: all}
",
    );
    expect_test::expect![[r"
        - a=b
          nobody 
        5:22: error parsing regexp: missing closing ): `(`
        5:27: expected =, !=, =~ or !~
        7:12: expected a list
        2:3: the root route has no receiver
        2:14: the root route takes every alert and must not have matchers
        4:17: there is no receiver `nobody`
        6:29: there is no time interval `night`
    "]]
    .assert_eq(&shown);
}

#[test]
fn any_bytes_are_read() {
    for text in ["", "\0", "route: [", "- a\n- b", "route: x", "route: {routes: [[]]}", "a: *b"] {
        outline(text);
    }
    let deep = "route: ".to_owned() + &"{routes: [".repeat(200) + &"]}".repeat(200);
    outline(&deep);
}
