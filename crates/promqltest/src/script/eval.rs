//! `eval` and the lines below it.

use engine::Steps;
use model::{duration, quote::quote};
use promql::ParseOptions;

use super::{
    Eval, Expected, Lines, ScriptError, When, error, expect, from_to_step, next_word, steps,
};
use crate::series;

const INVALID: &str = "invalid evaluation command. Must be either \
                       'eval[_fail|_warn|_ordered] instant [at <offset:duration>] <query>' or \
                       'eval[_fail|_warn] range from <from> to <to> step <step> <query>'";

/// Reads a command `eval…` and its block.
pub(super) fn eval(text: &str, line: usize, lines: &mut Lines<'_>) -> Result<Eval, ScriptError> {
    let (command, rest) = next_word(text);
    let (when, text_of) = header(rest).ok_or_else(|| error(line, INVALID))?;
    let mut expected = Expected::default();
    if !expected.old_suffix(command, matches!(when, Header::Range(_))) {
        return Err(error(line, INVALID));
    }
    let in_eval = |message: &str| error(line, format!("error in eval {text_of}: {message}"));
    let (when, steps, end) = match when {
        Header::Instant(at) => {
            let t = duration::parse(at).map_err(|message| {
                in_eval(&format!("invalid timestamp definition {}: {message}", quote(at)))
            })?;
            (When::Instant(t), Steps::instant(t), None)
        }
        Header::Range(words) => {
            let (steps, end) = steps(words).map_err(|m| in_eval(&m))?;
            (When::Range, steps, Some(end))
        }
    };
    let mut eval = Eval {
        line,
        text: text_of.to_owned(),
        column: text.len() - text_of.len(),
        expr: promql::parse_expr(text_of, &ParseOptions::all()),
        when,
        end,
        steps,
        expected,
    };
    block(&mut eval, lines)?;
    Ok(eval)
}

enum Header<'a> {
    Instant(&'a str),
    Range([&'a str; 3]),
}

/// `instant at T EXPR` or `range from A to B step S EXPR`: times and the expression.
fn header(text: &str) -> Option<(Header<'_>, &str)> {
    let (kind, rest) = next_word(text);
    let (header, expr) = match kind {
        "instant" => match next_word(rest) {
            ("at", rest) => {
                let (t, expr) = next_word(rest);
                (Header::Instant(t), expr)
            }
            _ => return None,
        },
        "range" => {
            let (words, expr) = from_to_step(rest)?;
            (Header::Range(words), expr)
        }
        _ => return None,
    };
    (!expr.is_empty()).then_some((header, expr))
}

fn block(eval: &mut Eval, lines: &mut Lines<'_>) -> Result<(), ScriptError> {
    let mut position = 0;
    while let Some((line, text)) = lines.next_in_block() {
        let wrong =
            |message: String| error(line, format!("error in eval {}: {message}", eval.text));
        if eval.expected.old_failure(text).map_err(wrong)? {
            return Ok(());
        }
        if expect::expect(eval, text)
            .map_err(|message| error(line, format!("error in eval {}: {message}", eval.text)))?
        {
            continue;
        }
        if let Some(number) = series::parse_number(text) {
            eval.expected.scalar = Some(number);
            return Ok(());
        }
        position += 1;
        let read = series::parse(text).map_err(|error| error.in_line(line))?;
        if read.points.len() > 1 && eval.when != When::Range && !eval.expected.range_vector {
            let message = "expecting multiple values in instant evaluation not allowed. consider \
                           using 'expect range vector' directive to enable a range vector result \
                           for an instant query";
            return Err(error(line, format!("error in eval {}: {message}", eval.text)));
        }
        eval.expected.add_series(read, position);
    }
    Ok(())
}
