//! Notices that scripts of the test language can't have, since these run without the flags that
//! bring them up, and how notices of several places come together.

use engine::{
    Level, Steps,
    query::{self, QueryOptions},
};
use model::{Labels, stale_nan};
use promql::{ParseOptions, parse_expr};
use store::Table;

const MINUTE: i64 = 60_000;

fn table() -> Table {
    let mut table = Table::new();
    for (name, kind) in [("level", "gauge"), ("plain", ""), ("hits_total", "counter")] {
        let pairs = [("__name__", name), ("__type__", kind)];
        let labels = Labels::from_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
        let id = table.series_id(&labels);
        for i in 0..5 {
            table.append(id, i * MINUTE, i as f64);
        }
        table.append(id, 5 * MINUTE, stale_nan());
    }
    table
}

/// What a query says with the labels `__type__` and `__unit__` in use.
#[track_caller]
fn check(expr: &str, expect: &[&str]) {
    let parsed = parse_expr(expr, &ParseOptions::all()).expect(expr);
    let options = QueryOptions { type_and_unit_labels: true, ..QueryOptions::default() };
    let result = query::instant(&parsed, 4 * MINUTE, &table(), &options).expect(expr);
    let infos = result.notices.iter().filter(|notice| notice.level == Level::Info);
    let texts: Vec<String> = infos.map(|notice| notice.render(expr)).collect();
    assert_eq!(texts, expect, "{expr}");
    let steps = Steps::range(3 * MINUTE, 4 * MINUTE, MINUTE);
    let result = query::range(&parsed, steps, &table(), &options).expect(expr);
    assert_eq!(result.notices.len(), expect.len(), "{expr} over a range");
}

#[test]
fn types_tell_what_is_a_counter() {
    check(
        "rate(level[3m])",
        &["PromQL info: metric might not be a counter, __type__ label is not set to \
           \"counter\" or \"histogram\", got \"gauge\": \"level\" (1:6)"],
    );
    check(
        "sum(increase(plain[3m]))",
        &["PromQL info: metric might not be a counter, __type__ label is not set to \
           \"counter\" or \"histogram\", got \"\": \"plain\" (1:14)"],
    );
    check("rate(hits_total[3m])", &[]);
    check("rate(missing[3m])", &[]);
}
