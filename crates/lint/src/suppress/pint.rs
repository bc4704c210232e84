//! pint's comments, as far as lints look for what its checks look for.
//!
//! They are honoured and never criticised: they are written for another tool.

use diagnostics::Span;

use super::comment::{Directive, Word, day};

/// Checks of pint, and the lints that find the same.
const CHECKS: &[(&str, &[&str])] = &[
    ("alerts/absent", &["PQ030"]),
    ("alerts/annotation", &["PT011", "PB001"]),
    ("alerts/comparison", &["PA001", "PV002", "PV008"]),
    ("alerts/for", &["PA002", "PA003"]),
    ("alerts/template", &["PT"]),
    ("group/interval", &["PG001"]),
    ("labels/conflict", &["PR008", "PA012"]),
    ("promql/counter", &["PQ017"]),
    ("promql/fragile", &["PA014"]),
    ("promql/impossible", &["PV001", "PV004", "PV007", "PQ001", "PQ002", "PQ005", "PQ012"]),
    ("promql/nan", &["PQ028"]),
    ("promql/rate", &["PQ018", "PQ019", "PQ021"]),
    ("promql/regexp", &["PQ013", "PQ014", "PQ015"]),
    ("promql/vector_matching", &["PQ002", "PQ003", "PQ004"]),
    ("rule/dependency", &["PR001", "PR002", "PR003"]),
    ("rule/duplicate", &["PA009"]),
    ("rule/label", &["PT011"]),
];

/// What a comment behind `pint ` asks for; none if it is about nothing that a lint looks for.
pub(super) fn parse(rest: &str) -> Option<Directive> {
    let mut words = rest.split_whitespace();
    let verb = words.next()?;
    let (is_for_file, verb) = match verb.strip_prefix("file/") {
        Some(verb) => (true, verb),
        None => (false, verb),
    };
    let until = match verb {
        "disable" => None,
        // A day, or a time of one.
        "snooze" => Some(day(words.next()?.get(..10)?)?),
        _ => return None,
    };
    let check = words.next()?;
    // A check may name one of its instances, as in `promql/series(metric)`.
    let name = check.split_once('(').map_or(check, |(name, _)| name);
    let (_, codes) = CHECKS.iter().find(|(known, _)| *known == name)?;
    let word = Word { text: name.to_owned(), span: Span::default(), stands_for: Some(codes) };
    Some(Directive {
        is_for_file,
        words: vec![word],
        until,
        is_foreign: true,
        ..Directive::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_of_pint_stand_for_lints() {
        let codes = |comment: &str| parse(comment)?.words.swap_remove(0).stands_for;
        assert_eq!(codes("disable rule/duplicate(prom)"), Some(&["PA009"][..]));
        assert_eq!(codes("disable promql/series"), None);
        assert_eq!(codes("file/owner somebody"), None);
        let snooze = parse("file/snooze 2027-01-31T00:00:00Z promql/regexp").unwrap();
        assert!(snooze.is_for_file && snooze.until == Some((2027, 1, 31)));
        assert!(CHECKS.is_sorted_by_key(|(name, _)| *name));
    }
}
