//! Templates as Prometheus 3.14 expands them: `templates.txt` holds templates, each with what
//! Prometheus's own code made of it. A line break is written `⏎` there.

use model::{Labels, SampleValue};
use rules::{Template, TemplateContext};

type Rows = Vec<(Labels, SampleValue)>;

fn query(text: &str) -> Result<Rows, String> {
    let row = |instance: &str, value: f64| {
        (Labels::from_pairs([("__name__", "m"), ("instance", instance)]), value.into())
    };
    match text {
        "none" => Ok(Vec::new()),
        "fail" => Err("query failed".to_owned()),
        "one" => {
            let pairs = [("__name__", "m"), ("instance", "a"), ("__value__", "7")];
            Ok(vec![(Labels::from_pairs(pairs), 11.0.into())])
        }
        _ => Ok(vec![row("b", 21.0), row("a", 1e6), row("c", 0.25)]),
    }
}

fn expand(text: &str) -> String {
    expand_value(text, &1.5.into())
}

fn expand_value(text: &str, value: &SampleValue) -> String {
    // Queries may borrow what they read.
    let log = std::cell::Cell::new(0);
    let query = |text: &str| {
        log.set(log.get() + 1);
        query(text)
    };
    let pairs = [("__name__", "up"), ("instance", "host.example.com:9100"), ("job", "node")];
    let context = TemplateContext {
        name: "X",
        labels: &Labels::from_pairs(pairs),
        value,
        external_labels: &Labels::from_pairs([("cluster", "eu")]),
        external_url: "http://prom.example:9090/base",
        t: 1_435_065_584_128,
        query: &query,
    };
    Template::parse_lenient("X", text).expand_or_error(&context)
}

#[test]
fn expands_as_prometheus() {
    let mut lines = include_str!("templates.txt").lines();
    let (mut n_cases, mut wrong) = (0, Vec::new());
    while let Some(template) = lines.next() {
        let line = lines.next().expect("each template is followed by its result");
        let expected = line.strip_prefix("=> ").or(line.strip_prefix("=>")).expect("=> RESULT");
        let got = expand(&template.replace('⏎', "\n")).replace('\n', "⏎");
        n_cases += 1;
        if got != expected {
            wrong.push(format!("{template}\n  expected {expected}\n       got {got}"));
        }
    }
    assert!(n_cases > 200, "{n_cases} cases");
    assert!(wrong.is_empty(), "{} of {n_cases}:\n{}", wrong.len(), wrong.join("\n"));
}

/// The beginning of what comes of a template that would do harm.
fn check_refused(text: &str, expected: &str) {
    let got = expand(text);
    assert!(got.contains(expected), "{}", got.chars().take(400).collect::<String>());
}

#[test]
fn hostile_templates_end() {
    check_refused(
        r#"{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}"#,
        "exceeded maximum template depth",
    );
    check_refused("{{ range 1000000000000 }}{{ end }}", "more than 1000000 steps");
    check_refused("{{ range 1000000 }}{{ printf \"%1000d\" 1 }}{{ end }}", "bytes of output");
    check_refused(
        "{{ $x := \"xxxxxxxx\" }}{{ range 100 }}{{ $x = print $x $x }}{{ end }}",
        "error calling print: more than",
    );
    check_refused(
        &format!("{{{{ {}1{} }}}}", "(".repeat(9999), ")".repeat(9999)),
        "max expression",
    );
    check_refused(
        &format!("{}{}", "{{ if true }}".repeat(9999), "{{ end }}".repeat(9999)),
        "actions are nested more than",
    );
    check_refused(
        &format!("{{{{ if 0 }}}}{}{{{{ end }}}}", "{{ else if 0 }}".repeat(9999)),
        "actions are nested more than",
    );
}

#[test]
fn templates_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Template>();
    assert!(Template::parse("X", "no actions").is_ok_and(|template| template.is_literal()));
    assert_eq!(
        Template::parse("X", "{{ $label }}").unwrap_err(),
        r#"template: __alert_X:1: undefined variable "$label""#
    );
}

#[test]
fn histograms_print_their_buckets() {
    let text = "{{count:3 sum:4.5 buckets:[1 2]}}";
    let histogram = model::histogram::notation::parse(text).unwrap().histogram;
    let histogram = SampleValue::from(histogram);
    let check = |template: &str, expect: &str| {
        assert_eq!(expand_value(template, &histogram), expect, "{template}");
    };
    check("{{ $value }}", "{count:3, sum:4.5, (0.5,1]:1, (1,2]:2}");
    check(r#"{{ printf "%s" .Value }}"#, "{count:3, sum:4.5, (0.5,1]:1, (1,2]:2}");
    check("{{ if $value }}yes{{ end }}", "yes");
    let failed = expand_value("{{ humanize $value }}", &histogram);
    assert!(failed.contains("can't convert *histogram.FloatHistogram to float"), "{failed}");
}
