//! `eval` and the lines below it.

use engine::Steps;
use promql::ParseOptions;

use super::{
    Eval, Expected, ExpectedSeries, Lines, Pattern, ScriptError, When, duration, error, expect,
    from_to_step, next_word,
};
use crate::series;

/// Reads a command `eval…` and its block.
pub(super) fn eval(text: &str, line: usize, lines: &mut Lines<'_>) -> Result<Eval, ScriptError> {
    let (command, rest) = next_word(text);
    let (kind, rest) = next_word(rest);
    let (when, steps, text) = match kind {
        "instant" => {
            let (t, text) = at(rest, line)?;
            (When::Instant(t), Steps::instant(t), text)
        }
        "range" => {
            let ([start, end, step], text) = from_to_step(rest, line)?;
            (When::Range, Steps::range(start, end, step), text)
        }
        _ => return Err(error(line, "an evaluation is `eval instant …` or `eval range …`")),
    };
    if text.is_empty() {
        return Err(error(line, "an evaluation needs an expression"));
    }
    let mut eval = Eval {
        line,
        text: text.to_owned(),
        expr: promql::parse_expr(text, &ParseOptions::all()).map_err(|e| e.to_string()),
        when,
        steps,
        result: Expected::Series(Vec::new()),
        fail: None,
        warn: Vec::new(),
        info: Vec::new(),
        no_warn: false,
        no_info: false,
        ordered: false,
    };
    old_suffix(&mut eval, command)?;
    block(&mut eval, lines)?;
    Ok(eval)
}

/// `at T EXPR`
fn at(rest: &str, line: usize) -> Result<(i64, &str), ScriptError> {
    match next_word(rest) {
        ("at", rest) => {
            let (t, text) = next_word(rest);
            Ok((duration(t, line)?, text))
        }
        _ => Ok((0, rest)),
    }
}

/// `eval_fail` and others, from before there was `expect`.
fn old_suffix(eval: &mut Eval, command: &str) -> Result<(), ScriptError> {
    match command {
        "eval" => {}
        "eval_fail" => eval.fail = Some(Pattern::Any),
        "eval_warn" => eval.warn.push(Pattern::Any),
        "eval_info" => eval.info.push(Pattern::Any),
        "eval_ordered" => eval.ordered = true,
        _ => return Err(error(eval.line, format!("unknown command {command:?}"))),
    }
    Ok(())
}

fn block(eval: &mut Eval, lines: &mut Lines<'_>) -> Result<(), ScriptError> {
    let mut position = 0;
    while let Some((line, text)) = lines.next_in_block() {
        if expect::old_failure(eval, text, line)? {
            return Ok(());
        }
        if next_word(text).0 == "expect" {
            expect::expect(eval, text, line)?;
            continue;
        }
        if let Some(number) = series::parse_number(text) {
            eval.result = Expected::Scalar(number);
            return Ok(());
        }
        position += 1;
        expected_series(eval, text, line, position)?;
    }
    Ok(())
}

fn expected_series(
    eval: &mut Eval,
    text: &str,
    line: usize,
    position: usize,
) -> Result<(), ScriptError> {
    let read = series::parse(text).map_err(|message| error(line, message))?;
    let many = read.points.len() > 1;
    let list = match &mut eval.result {
        Expected::RangeVector(list) => list,
        Expected::Series(list) if !many || eval.when == When::Range => list,
        Expected::Series(_) => {
            let message = "several values need a range query or `expect range vector`";
            return Err(error(line, message));
        }
        Expected::Scalar(_) | Expected::String(_) => {
            return Err(error(line, "a string is expected, not series"));
        }
    };
    list.retain(|s| s.labels != read.labels);
    list.push(ExpectedSeries { labels: read.labels, position, points: read.points });
    Ok(())
}
