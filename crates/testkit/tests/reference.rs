//! The reference evaluator passes the scripts too: ours, and Prometheus's own where a folder of
//! them is named. What it is compared with elsewhere, it has to be right by itself.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use engine::query::{MatrixSeries, Value as EngineValue, VectorSample};
use model::SampleValue;
use promql::{Expr, ParseOptions, parse_expr};
use promqltest::{
    compare::{compare, sorted},
    head::Head,
    rerun, run,
    script::{self, Command, Eval, Notices, Pattern, When},
};
use testkit::{
    fuzz::engine::stored,
    reference::{self, Number, Options, Outcome, Storage, Value},
};

const MINUTE: i64 = 60_000;

#[expect(clippy::print_stdout, reason = "the report is what the test is run for")]
fn print(text: &str) {
    println!("{text}");
}

#[test]
fn our_scripts_pass() {
    let (passed, failures) = run_folder(&root().join("tests/promql"));
    assert!(passed > 0);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn prometheus_scripts_pass() {
    let Some(folder) = env::var_os("PROMQLTEST_DIR") else {
        print("skipped: PROMQLTEST_DIR is not set; it names the folder of Prometheus's test");
        print("scripts (promql/promqltest/testdata), relative to the root of this repository");
        return;
    };
    let (passed, failures) = run_folder(&root().join(folder));
    print(&format!("{passed} evaluations pass"));
    assert!(failures.is_empty(), "{passed} passed\n{}", failures.join("\n"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// How many evaluations of a folder's scripts pass, and which do not.
fn run_folder(folder: &Path) -> (usize, Vec<String>) {
    let (mut passed, mut failures) = (0, Vec::new());
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("it is readable").path();
        if path.is_dir() {
            let (more, failed) = run_folder(&path);
            passed += more;
            failures.extend(failed);
        } else if path.extension().is_some_and(|e| e == "test") {
            let name = path.file_name().unwrap_or_default().display().to_string();
            let text = fs::read_to_string(&path).expect("it is text");
            for (line, result) in run_script(&text) {
                match result {
                    Ok(()) => passed += 1,
                    Err(why) => failures.push(format!("{name}:{line}: {why}")),
                }
            }
        }
    }
    (passed, failures)
}

fn run_script(text: &str) -> Vec<(usize, Result<(), String>)> {
    let script = script::parse(text).expect("scripts are well-formed");
    let mut head = Head::default();
    let mut storage = Storage::new();
    let mut results = Vec::new();
    for command in &script.commands {
        match command {
            Command::Clear => {
                head = Head::default();
                storage.clear();
            }
            Command::Load(load) => {
                run::append(&mut head, load).expect("samples are in order");
                storage = stored(&head);
            }
            Command::Eval(eval) => results.push((eval.line, check(eval, &storage))),
        }
    }
    results
}

fn options() -> Options {
    Options { delayed_name_removal: true, start_timestamps: true, ..Options::default() }
}

/// Evaluates in all the ways that must agree.
fn check(eval: &Eval, storage: &Storage) -> Result<(), String> {
    let expr = eval.expr.as_ref().map_err(|error| error.message.clone())?;
    // There is no limit of samples.
    let too_many = "query processing would load too many samples into memory in query execution";
    if eval.expected.fails && eval.expected.errors.iter().any(|p| p.matches(too_many)) {
        return Ok(());
    }
    let told = |why: String| format!("{}: {why}", eval.text);
    let When::Instant(t) = eval.when else {
        let end = eval.end.expect("a range has one");
        let range = (eval.steps.start, end, eval.steps.step);
        let result = reference::range(&eval.text, expr, range, storage, &options());
        return judge(eval, result).map(drop).map_err(told);
    };
    check_instant(eval, &eval.text, expr, t, storage).map_err(told)?;
    let Some((pinned, times)) = rerun::pinned(expr, t) else { return Ok(()) };
    let text = pinned.to_string();
    let expr = parse_expr(&text, &ParseOptions::all()).map_err(|e| told(e.to_string()))?;
    for at in times {
        check_instant(eval, &text, &expr, at, storage)
            .map_err(|why| told(format!("as {text} at {at}: {why}")))?;
    }
    Ok(())
}

fn check_instant(
    eval: &Eval,
    text: &str,
    expr: &Expr,
    t: i64,
    storage: &Storage,
) -> Result<(), String> {
    let result = reference::instant(text, expr, t, storage, &options());
    let Some(value) = judge(eval, result)? else { return Ok(()) };
    if eval.expected.instant_only() || rerun::depends_on_query(text) {
        return Ok(());
    }
    let range = (t - MINUTE, t + MINUTE, MINUTE);
    let result = reference::range(text, expr, range, storage, &options())?;
    let EngineValue::Matrix(matrix) = engine_value(result.value) else {
        return Err("the result is no matrix".to_owned());
    };
    if eval.expected.ordered {
        return Ok(());
    }
    sorted(&matrix).map_err(|mismatch| mismatch.message)?;
    let middle = matrix.into_iter().filter_map(|series| {
        let float = series.timestamps.iter().position(|at| *at == t);
        let histogram = series.histograms.iter().find(|(at, _)| *at == t);
        let value = float.map(|i| series.values[i].into());
        let value = value.or_else(|| Some(histogram?.1.clone().into()))?;
        Some(VectorSample { labels: series.labels, value })
    });
    let middle: Vec<VectorSample> = middle.collect();
    let middle = match value {
        EngineValue::Scalar(_) => {
            let float = middle.first().and_then(|sample| sample.value.float());
            EngineValue::Scalar(float.ok_or("the scalar is missing")?)
        }
        _ => EngineValue::Vector(middle),
    };
    compare(&eval.expected, eval.steps, &middle)
        .map_err(|mismatch| format!("as range query: {}", mismatch.message))
}

/// The value, where one was expected and is right.
fn judge(eval: &Eval, result: Result<Outcome, String>) -> Result<Option<EngineValue>, String> {
    let expected = &eval.expected;
    match result {
        Err(error) if expected.fails => {
            match expected.errors.iter().find(|pattern| !pattern.matches(&error)) {
                None => Ok(None),
                Some(pattern) => Err(format!("expected {:?}, got {error}", pattern.show())),
            }
        }
        Err(error) => Err(format!("error: {error}")),
        Ok(_) if expected.fails => Err("expected an error".to_owned()),
        Ok(outcome) => {
            let warnings: Vec<String> = outcome.warnings.into_iter().collect();
            let infos: Vec<String> = outcome.infos.into_iter().collect();
            judge_notes(&expected.warnings, &warnings)?;
            judge_notes(&expected.infos, &infos)?;
            let value = engine_value(outcome.value);
            compare(expected, eval.steps, &value).map_err(|mismatch| mismatch.message)?;
            Ok(Some(value))
        }
    }
}

/// Every note must match a pattern, and every pattern a note.
fn judge_notes(expected: &Notices, got: &[String]) -> Result<(), String> {
    let told = |pattern: &Pattern| got.iter().any(|note| pattern.matches(note));
    let wanted = |note: &String| expected.patterns.iter().any(|p| p.matches(note));
    let all = expected.patterns.iter().all(told)
        && (expected.patterns.is_empty() || got.iter().all(wanted))
        && !(expected.some && got.is_empty())
        && (!expected.none || got.is_empty());
    if all { Ok(()) } else { Err(format!("expected {expected:?}, got {got:?}")) }
}

fn engine_value(value: Value) -> EngineValue {
    let number = |value| match value {
        Number::Float(v) => SampleValue::Float(v),
        Number::Histogram(h) => h.into(),
    };
    match value {
        Value::Scalar(v) => EngineValue::Scalar(v),
        Value::String(text) => EngineValue::String(text),
        Value::Vector(vector) => {
            let sample = |(labels, value)| VectorSample { labels, value: number(value) };
            EngineValue::Vector(vector.into_iter().map(sample).collect())
        }
        Value::Matrix(matrix) => EngineValue::Matrix(matrix.into_iter().map(series).collect()),
    }
}

fn series((labels, points): (model::Labels, Vec<(i64, Number)>)) -> MatrixSeries {
    let mut series = MatrixSeries { labels, ..MatrixSeries::default() };
    for (t, value) in points {
        match value {
            Number::Float(v) => {
                series.timestamps.push(t);
                series.values.push(v);
            }
            Number::Histogram(h) => series.histograms.push((t, Arc::new(h))),
        }
    }
    series
}
