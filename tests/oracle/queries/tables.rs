//! Every function, operator and aggregation, over selectors that suit it.

use promql::{
    ValueType,
    functions::{Arity, FUNCTIONS, Function, FunctionId},
    operators::{AGGREGATIONS, AggregateOp, Aggregation, OPERATORS, OperatorKind, Param},
};

use super::pick;

/// Instant vectors; the values of those at the front differ within each result.
pub(super) const VECTORS: [&str; 30] = [
    "memory_used_bytes",
    "temperature",
    "work_seconds_total",
    "memory_limit_bytes{instance!=\"a\"}",
    "rate(work_seconds_total[4m])",
    "temperature offset 7m",
    "pod_cpu",
    "avg_over_time(memory_used_bytes[6m])",
    // From here on values may be equal.
    "odd",
    "odd{kind!~\"nan|inf|minus_inf|mixed\"}",
    "odd{kind=\"mixed\"}",
    "odd{kind=~\".*inf\"}",
    "http_requests_total",
    "http_requests_total{service=\"pay\"}",
    "http_requests_total{code=~\"5..\",instance=\"a\"}",
    "http_requests_total{code!=\"200\"} offset 11m",
    "up",
    "up == 0",
    "build_info",
    "queue_depth",
    "sparse",
    "errors_total",
    "late_total",
    "{__name__=~\"memory_.*\",instance=\"c\"}",
    "latency_seconds_bucket{service=\"cart\"}",
    "nothing_of_this_name",
    "pod_cpu @ 1700011000.750",
    "temperature @ start()",
    "queue_depth offset -4m",
    "vector(time() % 1000)",
];

/// How many of [`VECTORS`] hold distinct values.
pub(super) const N_DISTINCT: usize = 8;

/// Range vectors.
pub(super) const RANGES: [&str; 20] = [
    "http_requests_total[5m]",
    "http_requests_total{instance=\"b\"}[17m]",
    "work_seconds_total[90s]",
    "work_seconds_total[30m]",
    "errors_total[1h]",
    "late_total[7m]",
    "temperature[10m]",
    "odd[3m]",
    "odd{kind=~\"mixed|half|zero|minus_zero\"}[13m]",
    "odd{kind=~\"constant|tiny|huge|negative\"}[41m]",
    "queue_depth[6m]",
    "sparse[25m]",
    "pod_cpu[12m]",
    "pod_cpu[8m] offset 9m",
    "up[2h]",
    "memory_used_bytes[40s]",
    "temperature[30m7ms:2m]",
    "queue_depth[20m7ms:]",
    "rate(work_seconds_total[3m])[15m7ms:45s]",
    "pod_cpu[9m] @ 1700010000.750",
];

/// Numbers.
pub(super) const SCALARS: [&str; 16] = [
    "0",
    "1",
    "-1",
    "0.5",
    "2",
    "-3.75",
    "1e3",
    "0.95",
    "NaN",
    "Inf",
    "-Inf",
    "1e-9",
    "0x1f",
    "scalar(sparse)",
    "time() / 1e6",
    "pi()",
];

/// Clauses of an aggregation.
pub(super) const GROUPINGS: [&str; 8] = [
    "",
    "by (service)",
    "by (instance, code)",
    "without (instance)",
    "without ()",
    "by ()",
    "by (__name__, service)",
    "by (nothing)",
];

/// Pairs of vectors, how they are matched, and a filter that may follow.
pub(super) const PAIRS: [(&str, &str, &str); 22] = [
    ("memory_used_bytes", "", "memory_limit_bytes"),
    ("memory_used_bytes", "on (instance)", "memory_limit_bytes"),
    ("memory_used_bytes", "ignoring (service)", "memory_limit_bytes"),
    ("memory_used_bytes", "on (instance) group_left (version)", "build_info"),
    ("memory_used_bytes", "on (instance) group_left (version, service)", "build_info"),
    ("build_info", "on (instance) group_right (os)", "up"),
    ("http_requests_total", "ignoring (code) group_left", "http_requests_total{code=\"200\"}"),
    ("http_requests_total{code=\"503\"}", "ignoring (code)", "http_requests_total{code=\"200\"}"),
    ("http_requests_total{code=\"404\"}", "ignoring (code) group_right", "http_requests_total"),
    ("http_requests_total", "on (service) group_left", "work_seconds_total"),
    ("http_requests_total", "on (service)", "work_seconds_total"),
    ("work_seconds_total", "on (service)", "http_requests_total"),
    ("temperature", "", "temperature offset 5m"),
    ("temperature", "on (sensor)", "temperature offset 13m"),
    ("odd", "", "odd offset 1m"),
    ("odd", "ignoring (kind)", "odd"),
    ("odd{kind=\"inf\"}", "on ()", "odd{kind=\"half\"}"),
    ("odd", "on () group_left", "sparse"),
    ("queue_depth", "", "queue_depth offset 20m"),
    ("pod_cpu", "on (pod)", "pod_cpu offset 25m"),
    ("nothing_of_this_name", "", "temperature"),
    ("sum by (service) (up)", "", "count by (service) (up)"),
];

pub(super) fn all() -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    texts.extend(VECTORS.iter().chain(&RANGES).chain(&SCALARS).map(|&text| text.to_owned()));
    for row in FUNCTIONS.iter().filter(|row| !by_flag(row)) {
        functions(row, &mut texts);
    }
    operators(&mut texts);
    for row in AGGREGATIONS.iter().filter(|row| !row.experimental) {
        aggregations(row, &mut texts);
    }
    texts
}

/// Behind a flag here and unknown to 2.42, by any name.
pub(super) fn by_flag(row: &Function) -> bool {
    row.experimental && row.id != FunctionId::DoubleExponentialSmoothing
}

fn functions(row: &Function, texts: &mut Vec<String>) {
    let vector_at = row.args.iter().position(|arg| *arg == ValueType::InstantVector);
    let range_at = row.args.iter().position(|arg| *arg == ValueType::RangeVector);
    let inputs: &[&str] = match (vector_at, range_at) {
        (Some(_), _) => &VECTORS,
        (_, Some(_)) => &RANGES,
        _ => &["0", "1", "2", "3"],
    };
    let several = row.args.contains(&ValueType::Scalar) && (vector_at.or(range_at)).is_some();
    for (i, input) in (0_u64..).zip(inputs) {
        for variant in 0..=u64::from(several) {
            let seed = row.id as u64 * 1000 + i * 10 + variant;
            texts.push(call(row, input, seed));
        }
    }
    if row.optional == Arity::Optional(1) && row.args.len() == 1 {
        texts.push(format!("{}()", row.name));
    }
}

/// A call with this vector, and numbers and strings as chance has it.
pub(super) fn call(row: &Function, input: &str, seed: u64) -> String {
    let name = row.name;
    match row.id {
        FunctionId::LabelReplace => return label_replace(input, seed),
        FunctionId::LabelJoin => return label_join(input, seed),
        FunctionId::DoubleExponentialSmoothing => {
            let factor = |k| pick(&["0.1", "0.5", "0.9", "0.3", "1", "0", "0.75", "0.2"], seed, k);
            return format!("{name}({input}, {}, {})", factor(1), factor(2));
        }
        FunctionId::PredictLinear => {
            let ahead = pick(&["0", "60", "-600", "3600", "4 * 3600", "NaN"], seed, 1);
            return format!("{name}({input}, {ahead})");
        }
        _ => {}
    }
    let args: Vec<&str> = (0_u64..)
        .zip(row.args)
        .map(|(k, arg)| match arg {
            ValueType::InstantVector | ValueType::RangeVector => input,
            ValueType::Scalar => pick(&SCALARS, seed, k),
            ValueType::String => "\"label\"",
        })
        .collect();
    let shorter =
        row.optional == Arity::Optional(1) && row.args.len() > 1 && seed.is_multiple_of(3);
    format!("{name}({})", args[..args.len() - usize::from(shorter)].join(", "))
}

fn label_replace(input: &str, seed: u64) -> String {
    let arguments = pick(
        &[
            ("new", "$1", "service", "(.*)"),
            ("new", "$1-$2", "service", "(.)(.*)"),
            ("service", "x", "service", "c.*"),
            ("service", "", "service", ".*"),
            ("kind", "$1x", "kind", "(m)i.*"),
            ("kind", "${1}x$$", "kind", "(m)i.*"),
            ("__name__", "renamed", "__name__", ".+"),
            ("new", "${who}", "instance", "(?P<who>[a-c])"),
            ("instance", "same", "instance", ".*"),
            ("new", "value", "missing", ""),
            ("bad-name", "x", "service", ".*"),
            ("new", "x", "service", "(unclosed"),
        ],
        seed,
        1,
    );
    let (to, with, from, pattern) = arguments;
    format!("label_replace({input}, \"{to}\", \"{with}\", \"{from}\", \"{pattern}\")")
}

fn label_join(input: &str, seed: u64) -> String {
    let arguments = pick(
        &[
            "\"new\", \"-\", \"service\", \"instance\"",
            "\"new\", \"\", \"kind\"",
            "\"service\", \",\", \"code\", \"service\", \"missing\"",
            "\"instance\", \"/\"",
            "\"__name__\", \":\", \"__name__\", \"sensor\"",
            "\"kind\", \"\", \"missing\"",
        ],
        seed,
        1,
    );
    format!("label_join({input}, {arguments})")
}

fn operators(texts: &mut Vec<String>) {
    for row in OPERATORS.iter().filter(|row| row.kind != OperatorKind::Trim) {
        let (op, kind) = (row.text, row.kind);
        for (left, matching, right) in PAIRS {
            let group = matching.contains("group_");
            if kind == OperatorKind::Set && group {
                continue;
            }
            texts.push(format!("{left} {op} {matching} {right}"));
            if kind == OperatorKind::Comparison {
                texts.push(format!("{left} {op} bool {matching} {right}"));
            }
        }
        if kind == OperatorKind::Set {
            continue;
        }
        for (i, scalar) in (0_u64..).zip(SCALARS) {
            let seed = row.op as u64 * 100 + i;
            let (vector, other) = (pick(&VECTORS, seed, 1), pick(&SCALARS, seed, 2));
            let bool = if kind == OperatorKind::Comparison { "bool " } else { "" };
            texts.push(format!("({vector}) {op} {scalar}"));
            texts.push(format!("{scalar} {op} ({vector})"));
            texts.push(format!("{scalar} {op} {bool}{other}"));
            if !bool.is_empty() {
                texts.push(format!("({vector}) {op} bool {scalar}"));
            }
        }
    }
}

fn aggregations(row: &Aggregation, texts: &mut Vec<String>) {
    let distinct = matches!(row.op, AggregateOp::Topk | AggregateOp::Bottomk);
    let vectors = if distinct { &VECTORS[..N_DISTINCT] } else { &VECTORS };
    for (i, vector) in (0_u64..).zip(vectors) {
        for k in 0..3 {
            let seed = row.op as u64 * 1000 + i * 10 + k;
            texts.push(aggregate(row, vector, seed));
        }
    }
}

/// An aggregation of this vector, grouped as chance has it.
pub(super) fn aggregate(row: &Aggregation, vector: &str, seed: u64) -> String {
    let (name, grouping) = (row.name, pick(&GROUPINGS, seed, 1));
    let param = match row.param {
        Param::None => String::new(),
        Param::Scalar if row.op == AggregateOp::Quantile => pick(&SCALARS, seed, 2).to_owned(),
        Param::Scalar => pick(&["1", "2", "3", "0", "-1", "1.9", "NaN", "100"], seed, 2).to_owned(),
        Param::String => pick(&["\"value\"", "\"service\"", "\"bad-name\""], seed, 2).to_owned(),
    };
    let comma = if param.is_empty() { "" } else { ", " };
    if seed.is_multiple_of(2) {
        format!("{name} {grouping} ({param}{comma}{vector})")
    } else {
        format!("{name}({param}{comma}{vector}) {grouping}")
    }
}
