//! Templates as Prometheus 3.14 expands them: `templates.txt` holds templates, each with what
//! Prometheus's own code made of it. A line break is written `⏎` there.

use model::Labels;
use rules::{Template, TemplateContext};

type Rows = Vec<(Labels, f64)>;

fn query(text: &str) -> Result<Rows, String> {
    let row = |instance: &str, value| {
        (Labels::from_pairs([("__name__", "m"), ("instance", instance)]), value)
    };
    match text {
        "none" => Ok(Vec::new()),
        "fail" => Err("query failed".to_owned()),
        "one" => {
            let pairs = [("__name__", "m"), ("instance", "a"), ("__value__", "7")];
            Ok(vec![(Labels::from_pairs(pairs), 11.0)])
        }
        _ => Ok(vec![row("b", 21.0), row("a", 1e6), row("c", 0.25)]),
    }
}

fn expand(text: &str) -> String {
    let pairs = [("__name__", "up"), ("instance", "host.example.com:9100"), ("job", "node")];
    let context = TemplateContext {
        name: "X",
        labels: &Labels::from_pairs(pairs),
        value: 1.5,
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
