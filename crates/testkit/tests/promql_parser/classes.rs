//! The differences that are known, and who is right: where nothing else is said, we are, for it is
//! what Prometheus 3.14 does. They follow an older Prometheus.

use std::fmt;

use promql::{
    BinaryOp, Expr, ExprKind,
    ast::{At, Duration, DurationKind, Selector, TimeModifiers},
    visit,
};

/// How two parsers differ on one text.
pub(crate) enum Difference {
    /// We accept, they do not: our tree and their words.
    TheyRefuse(Expr, String),
    /// They accept, we do not: our words.
    WeRefuse(String),
    /// Both accept, with trees that differ: our tree and their text.
    Trees(Expr, String),
    /// They panic.
    TheyPanic,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TheyRefuse(ours, why) => write!(f, "they refuse: {why}\n    ours: {ours}"),
            Self::WeRefuse(why) => write!(f, "we refuse: {why}"),
            Self::Trees(ours, theirs) => write!(f, "ours: {ours}\n    theirs: {theirs}"),
            Self::TheyPanic => f.write_str("they panic"),
        }
    }
}

/// A known difference.
pub(crate) struct Class {
    /// What it is about, with the section of the reference for PromQL.
    pub(crate) name: &'static str,
    /// An expression that shows it.
    pub(crate) example: &'static str,
    pub(crate) explains: fn(&str, &Difference) -> bool,
}

const fn class(
    name: &'static str,
    example: &'static str,
    explains: fn(&str, &Difference) -> bool,
) -> Class {
    Class { name, example, explains }
}

pub(crate) const CLASSES: &[Class] = &[
    // What they do not know yet.
    class("duration expressions in brackets (1.7)", "foo[5m * 2]", |_, difference| {
        they_say(difference, "unexpected character inside brackets: ")
    }),
    class("duration expressions as offsets (1.3, 1.7)", "foo offset (5m)", |_, difference| {
        they_say(difference, "invalid promql query")
            && selects(difference, |_, time| time.offset.as_ref().is_some_and(is_computed))
    }),
    class("offsets with two signs (1.3)", "foo offset - -5m", |query, difference| {
        they_say(difference, "invalid promql query")
            && query.to_lowercase().split("offset").skip(1).any(|rest| {
                let operand = rest.trim_start();
                let unsigned = operand.trim_start_matches(['+', '-', ' ', '\n']);
                let signs = operand.len() - unsigned.len();
                operand[..signs].matches(['+', '-']).count() > 1
            })
    }),
    class("durations as fill values (1.3)", "foo + fill(5m) bar", |_, difference| {
        they_say(difference, "invalid promql query")
            && nodes(difference, |expr| match &expr.kind {
                ExprKind::Binary(binary) => binary
                    .matching
                    .as_ref()
                    .is_some_and(|m| m.fill_left.is_some() || m.fill_right.is_some()),
                _ => false,
            })
    }),
    class("the trim operators (1.1)", "foo </ 5", |_, difference| {
        they_say(difference, "invalid promql query")
            && nodes(difference, |expr| match &expr.kind {
                ExprKind::Binary(binary) => {
                    matches!(binary.op, BinaryOp::TrimLower | BinaryOp::TrimUpper)
                }
                _ => false,
            })
    }),
    class("anchored and smoothed (1.1)", "foo anchored", |_, difference| {
        they_say(difference, "invalid promql query")
            && selects(difference, |selector, _| selector.is_some_and(|s| s.extended.is_some()))
    }),
    class("anchored and smoothed as names (1.2)", "anchored", |_, difference| {
        they_say(difference, "invalid promql query")
            && nodes(difference, |expr| match &expr.kind {
                ExprKind::Selector(selector) => is_extension(selector.name.as_deref()),
                ExprKind::Matrix(matrix) => is_extension(matrix.selector.name.as_deref()),
                ExprKind::Aggregate(aggregate) => {
                    let labels = aggregate.grouping.iter().flat_map(|grouping| &grouping.labels);
                    labels.into_iter().any(|label| is_extension(Some(label)))
                }
                _ => false,
            })
    }),
    class("underscores in numbers (1.2)", "1_000", |_, difference| {
        they_say(difference, "bad number or duration syntax: ")
    }),
    class("a duration of nothing as a number (1.2)", "0s", |_, difference| {
        they_say(difference, "duration must be greater than 0")
    }),
    class("a zero with an exponent (1.2)", "0e3", |_, difference| {
        they_say(difference, "ParseFloatError")
    }),
    class(
        "names with colons as labels of groupings (1.2)",
        "sum by (a:b) (foo)",
        |_, difference| they_say(difference, " is not valid label in grouping opts"),
    ),
    class("backslashes in back quotes (1.2)", "`a\\d`", |query, difference| {
        query.contains('`')
            && query.contains('\\')
            && matches!(difference, Difference::TheyRefuse(..))
    }),
    class("braces that are no counter in patterns (2.8)", "foo{a=~'b{{'}", |_, difference| {
        they_say(difference, "illegal regex for ")
    }),
    class(
        "selectors of info() may match everything (1.4)",
        "info(foo, {a=''})",
        |query, difference| {
            query.contains("info")
                && they_say(
                    difference,
                    "vector selector must contain at least one non-empty matcher",
                )
        },
    ),
    // What they do not find.
    class("ranges beyond all limits make them panic (1.2)", "foo[1e32]", |_, difference| {
        matches!(difference, Difference::TheyPanic)
    }),
    class("durations out of range (1.2)", "300y", |_, d| we_say(d, "duration out of range")),
    class("numbers out of range (1.2)", "1e999", |_, d| we_say(d, "error parsing number: ")),
    class("hexadecimal numbers with two e (1.2)", "0x1ee5", |_, d| {
        we_say(d, "bad number or duration syntax: \"0x") || we_say(d, "unknown unit \"x")
    }),
    class("times out of bounds (1.6)", "foo @ 1e21", |_, d| we_say(d, "timestamp out of bounds")),
    class("ranges and steps of nothing (1.6)", "foo[0]", |_, d| {
        we_say(d, "duration must be greater than 0")
    }),
    class("patterns that only Rust's library takes (2.8)", "foo{a=~'b**'}", |_, difference| {
        we_say(difference, "error parsing regexp: ")
    }),
    class("what no label is called (1.2)", "sum by ('') (foo)", |_, d| {
        we_say(d, "invalid label name for grouping: ")
    }),
    class("the second argument of info() (1.4)", "info(foo, abs(bar))", |_, d| {
        we_say(d, "expected label selectors only")
    }),
    class(
        "fill() needs two vectors and no set operator (1.6)",
        "foo or fill(1) bar",
        |_, difference| we_say(difference, "filling in missing series "),
    ),
    class("types under signs (1.6)", "+'a'", |_, difference| {
        we_say(difference, "unary expression only allowed on ")
    }),
    class("a replacement character in strings (1.2)", "'\u{fffd}'", |_, d| {
        we_say(d, "invalid UTF-8 rune")
    }),
    class(
        "the parameter of limitk and limit_ratio (1.6)",
        "limitk(foo, bar)",
        |query, difference| {
            query.to_lowercase().contains("limit")
                && we_say(difference, "expected type scalar in aggregation parameter")
        },
    ),
    class("a signed number is no vector (1.6)", "log10(-5)", |query, difference| {
        query.contains(['-', '+']) && we_say(difference, "expected type instant vector in call to")
    }),
    // What they take for something else.
    class("durations of less than a millisecond (1.2)", "foo[1e-7]", |query, difference| {
        matches!(difference, Difference::Trees(..))
            && query.contains(['e', 'E', '.'])
            && nodes(difference, |expr| match &expr.kind {
                ExprKind::Selector(selector) => is_nothing(selector.time.offset.as_ref()),
                ExprKind::Matrix(matrix) => {
                    is_nothing(Some(&matrix.range))
                        || is_nothing(matrix.selector.time.offset.as_ref())
                }
                ExprKind::Subquery(subquery) => {
                    is_nothing(Some(&subquery.range))
                        || subquery.step.is_none()
                        || is_nothing(subquery.time.offset.as_ref())
                }
                _ => false,
            })
    }),
    class("escaped bytes are bytes and no code points (1.2)", "'\\xff'", |_, difference| {
        matches!(difference, Difference::Trees(..))
            && (nodes(difference, |expr| match &expr.kind {
                ExprKind::String(text) => text.as_str().is_none(),
                _ => false,
            }) || selects(difference, |selector, _| {
                selector.is_some_and(|s| s.matchers.iter().any(|m| !m.is_utf8()))
            }))
    }),
    class("their text of durations as numbers (1.8)", "2611ms", |_, difference| {
        matches!(difference, Difference::Trees(..))
            && nodes(difference, |expr| match &expr.kind {
                ExprKind::Number(number) => number.is_duration,
                _ => false,
            })
    }),
    class(
        "their text of ignoring () before a group (1.8)",
        "foo + ignoring () group_left () bar",
        |query, difference| {
            query.to_lowercase().contains("ignoring")
                && matches!(difference, Difference::Trees(_, theirs) if theirs.contains(" group_"))
        },
    ),
    class("long durations in milliseconds (1.2)", "foo[1232456789.123456789]", |_, difference| {
        let is_long = |duration: Option<&Duration>| {
            duration.is_some_and(|duration| match duration.kind {
                DurationKind::Literal(ms) => ms.abs() > 1 << 33,
                _ => false,
            })
        };
        matches!(difference, Difference::Trees(..))
            && (selects(difference, |_, time| is_long(time.offset.as_ref()))
                || nodes(difference, |expr| match &expr.kind {
                    ExprKind::Matrix(matrix) => is_long(Some(&matrix.range)),
                    ExprKind::Subquery(subquery) => {
                        is_long(Some(&subquery.range)) || is_long(subquery.step.as_ref())
                    }
                    _ => false,
                }))
    }),
    class("times before 1970 (1.3)", "foo @ -5", |_, difference| {
        matches!(difference, Difference::Trees(..))
            && selects(difference, |_, time| matches!(time.at, Some(At::Timestamp(..0))))
    }),
];

fn they_say(difference: &Difference, words: &str) -> bool {
    matches!(difference, Difference::TheyRefuse(_, why) if why.contains(words))
}

fn we_say(difference: &Difference, words: &str) -> bool {
    matches!(difference, Difference::WeRefuse(why) if why.contains(words))
}

/// Whether a node of our tree is so.
fn nodes(difference: &Difference, is: impl Fn(&Expr) -> bool) -> bool {
    let (Difference::TheyRefuse(expr, _) | Difference::Trees(expr, _)) = difference else {
        return false;
    };
    let mut found = false;
    visit::walk(expr, &mut |expr| found |= is(expr));
    found
}

/// Whether a selector or a subquery of our tree is so.
fn selects(
    difference: &Difference,
    is: impl Fn(Option<&Selector>, &TimeModifiers) -> bool,
) -> bool {
    nodes(difference, |expr| match &expr.kind {
        ExprKind::Selector(selector) => is(Some(selector), &selector.time),
        ExprKind::Matrix(matrix) => is(Some(&matrix.selector), &matrix.selector.time),
        ExprKind::Subquery(subquery) => is(None, &subquery.time),
        _ => false,
    })
}

/// Whether a duration is more than a literal with a sign.
fn is_computed(duration: &Duration) -> bool {
    !matches!(duration.kind, DurationKind::Literal(_))
}

fn is_nothing(duration: Option<&Duration>) -> bool {
    duration.is_some_and(|duration| duration.kind == DurationKind::Literal(0))
}

fn is_extension(name: Option<&str>) -> bool {
    name.is_some_and(|name| ["anchored", "smoothed"].iter().any(|w| name.eq_ignore_ascii_case(w)))
}
