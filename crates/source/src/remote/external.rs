//! External labels, which remote read adds to series and the query API does not.
//!
//! A server adds them to series that lack a label of the name, and takes an equality matcher for
//! one of them to mean a series without it (prometheus `storage/remote/read_handler.go`). So a
//! selector is asked for in parts of which each tells what was added: series that have none of these
//! labels themselves, and per label those that have it.

use std::collections::BTreeMap;

use model::{METRIC_NAME, MatchOp, Matcher, Regex};
use serde::Deserialize;

/// With more external labels than these, a request has too many parts.
const MAX_LABELS: usize = 8;

/// What a server's configuration says that changes answers of remote read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct External {
    /// By name.
    pub(crate) labels: BTreeMap<String, String>,
    /// Whether the server itself reads from others, whose warnings remote read does not pass on.
    pub(crate) reads_elsewhere: bool,
}

/// A query of a request, and what its series' labels are.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// What it selects.
    pub(crate) matchers: Vec<Matcher>,
    /// Labels that every series has and that were added.
    pub(super) added: Vec<(String, String)>,
    /// A series with one of these labels may have it by itself or not.
    pub(super) doubtful: Vec<(String, String)>,
}

impl External {
    /// Reads the configuration as the server shows it.
    pub(crate) fn from_config(yaml: &str) -> Result<Self, String> {
        #[derive(Default, Deserialize)]
        struct Config {
            #[serde(default)]
            global: Option<Global>,
        }
        #[derive(Default, Deserialize)]
        struct Global {
            #[serde(default)]
            external_labels: Option<BTreeMap<String, String>>,
        }
        let has = |key: &str| yaml.lines().any(|line| line.starts_with(key));
        let section = section(yaml, "global:");
        let config: Config = serde_saphyr::from_str(&section).map_err(|e| e.to_string())?;
        let labels = config.global.and_then(|global| global.external_labels).unwrap_or_default();
        Ok(Self { labels, reads_elsewhere: has("remote_read:") })
    }

    /// The queries that together select what the matchers do, each series once; none where there
    /// would be too many.
    pub(crate) fn parts(&self, matchers: &[Matcher]) -> Option<Vec<Part>> {
        let matchers: Vec<Matcher> = matchers.iter().map(kept).collect();
        let labels: Vec<(String, String)> =
            self.labels.iter().map(|(n, v)| (n.clone(), v.clone())).collect();
        let none_of = |names: &[(String, String)]| -> Vec<Matcher> {
            names.iter().map(|(name, _)| Matcher::equal(name, "")).collect()
        };
        let without = Part {
            matchers: [matchers.clone(), none_of(&labels)].concat(),
            added: labels.clone(),
            doubtful: Vec::new(),
        };
        let with = labels.iter().enumerate().map(|(i, (name, _))| Part {
            matchers: [
                matchers.clone(),
                none_of(&labels[..i]),
                vec![Matcher::equal(name, "").negated()],
            ]
            .concat(),
            added: labels[..i].to_vec(),
            doubtful: labels[i + 1..].to_vec(),
        });
        (labels.len() <= MAX_LABELS).then(|| std::iter::once(without).chain(with).collect())
    }
}

/// A matcher in a form that no server takes to be about an external label, known or not.
fn kept(matcher: &Matcher) -> Matcher {
    let is_equality = matcher.op == MatchOp::Equal && !matcher.value.is_empty();
    if !is_equality || &*matcher.name == METRIC_NAME {
        return matcher.clone();
    }
    Matcher::new(&matcher.name, MatchOp::Regex, &Regex::quote(&matcher.value))
        .expect("a quoted text is a pattern")
}

/// The lines of one section at the top of a document that a program wrote.
fn section(yaml: &str, key: &str) -> String {
    let mut lines = yaml.lines().skip_while(|line| !line.starts_with(key));
    let first = lines.next().into_iter();
    let rest = lines.take_while(|line| line.is_empty() || line.starts_with([' ', '-', '#']));
    first.chain(rest).flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_tells_them() {
        let check = |yaml: &str, labels: &[(&str, &str)], reads_elsewhere: bool| {
            let labels = labels.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            assert_eq!(External::from_config(yaml), Ok(External { labels, reads_elsewhere }));
        };
        let shown = "global:\n  scrape_interval: 1m\n  external_labels:\n    cluster: eu\n    \
                     n: \"1\"\nscrape_configs:\n- job_name: global:\n";
        check(shown, &[("cluster", "eu"), ("n", "1")], false);
        check("global:\n  scrape_interval: 1m\nremote_read:\n- url: http://x\n", &[], true);
        check("scrape_configs:\n- job_name: a\n  remote_read: x\n", &[], false);
        check("", &[], false);
        assert!(External::from_config("global:\n  external_labels: [a]\n").is_err());
    }

    #[test]
    fn parts_tell_what_was_added() {
        let labels = [("c", "x.y"), ("r", "1")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let external = External { labels: labels.into(), reads_elsewhere: false };
        let matchers = [Matcher::equal("__name__", "up"), Matcher::equal("c", "x.y")];
        let shown = |matchers: &[Matcher]| {
            matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
        };
        let parts = external.parts(&matchers).unwrap();
        let parts: Vec<_> =
            parts.iter().map(|p| (shown(&p.matchers), p.added.len(), p.doubtful.len())).collect();
        let base = r#"__name__="up",c=~"x\\.y""#;
        let expect = [
            (format!(r#"{base},c="",r="""#), 2, 0),
            (format!(r#"{base},c!="""#), 0, 1),
            (format!(r#"{base},c="",r!="""#), 1, 0),
        ];
        assert_eq!(parts, expect);
        let alone = External::default().parts(&matchers).unwrap();
        assert_eq!((alone.len(), shown(&alone[0].matchers)), (1, base.to_owned()));
        let many = (0..9).map(|i| (format!("l{i}"), "x".to_owned())).collect();
        assert!(External { labels: many, reads_elsewhere: false }.parts(&matchers).is_none());
    }
}
