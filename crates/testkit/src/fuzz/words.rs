//! The words that generated expressions are made of: names, numbers, durations, strings, blanks.

use super::dice::Dice;

/// What mutations put in.
pub(super) const FRAGMENTS: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "@",
    "=",
    "!",
    "~",
    "<",
    ">",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "\"",
    "'",
    "`",
    "\\",
    "#",
    ".",
    "_",
    "0",
    "1",
    "9",
    "0x",
    "e",
    "\n",
    " ",
    "\t",
    "\r",
    "é",
    "\u{fffd}",
    "日",
    "\0",
    "$",
    "&",
    "?",
    "==",
    "!=",
    "=~",
    "!~",
    "</",
    ">/",
    "<=",
    "5m",
    "1h30m",
    "5mm",
    "1y1d",
    "1ms",
    "1_000",
    "1e",
    "0755",
    "inf",
    "NaN",
    "sum",
    "topk(",
    "rate(",
    "foo",
    "a:b",
    ":",
    "by",
    "without",
    "by (a)",
    "on",
    "on(a)",
    "ignoring",
    "group_left",
    "bool",
    "and",
    "or",
    "unless",
    "atan2",
    "offset",
    "offset 5m",
    "anchored",
    "smoothed",
    "fill(",
    "fill_left",
    "start",
    "start()",
    "end()",
    "step()",
    "range()",
    "min_of(",
    "max_of(1,2)",
    "[5m]",
    "[5m:1m]",
    "[5m:]",
    "{a=\"b\"}",
    "{}",
    "()",
    "\"x\"",
    "'x'",
    "`x`",
    "\"\\",
    "\\x",
    "\\u12",
    "\\400",
    "\\xff",
    "\\q",
    "{\"a b\"}",
    "info(",
    "label_replace(",
    "absent",
    "abs",
    "time()",
    ",,",
    "((",
];

/// A blank where one may stand: mostly nothing.
pub(super) fn blank(dice: &mut Dice<'_>) -> &'static str {
    match dice.below(16) {
        14 => dice.pick(&["  ", "\t", "\n", "\r\n", "# x\n", " #\"\n "]),
        15 => " ",
        _ => "",
    }
}

/// A keyword as it stands or in other letters.
pub(super) fn keyword(dice: &mut Dice<'_>, word: &str) -> String {
    match dice.below(12) {
        10 => word.to_uppercase(),
        11 => {
            let odd = |(i, c): (usize, char)| if i % 2 == 0 { c.to_ascii_uppercase() } else { c };
            word.chars().enumerate().map(odd).collect()
        }
        _ => word.to_owned(),
    }
}

/// A name, matchers in braces, or both.
pub(super) fn series(dice: &mut Dice<'_>) -> String {
    let name = metric(dice);
    match dice.below(5) {
        0..2 => name.to_owned(),
        2..4 => format!("{name}{}{}", blank(dice), matchers(dice, false)),
        _ => matchers(dice, true),
    }
}

fn metric(dice: &mut Dice<'_>) -> &'static str {
    if dice.below(4) > 0 {
        return dice.pick(&["foo", "http_requests_total", "a", "_x9", "up"]);
    }
    dice.pick(&[
        "a:b",
        ":x",
        "sum",
        "by",
        "start",
        "fill",
        "offset",
        "and",
        "group",
        "step",
        "anchored",
        "rate",
        "Foo_Bar",
        "INF_",
        "on_",
        "nan1",
        "max_of",
        "count_values",
        "without",
        "end",
    ])
}

fn matchers(dice: &mut Dice<'_>, alone: bool) -> String {
    let mut list = Vec::new();
    if alone && dice.one_in(3) {
        list.push(quoted(dice, dice_name));
    }
    for _ in 0..dice.below(3) + usize::from(alone && list.is_empty()) {
        let label = if dice.one_in(8) { quoted(dice, dice_name) } else { label(dice).to_owned() };
        let op = dice.pick(&["=", "=", "!=", "=~", "!~"]);
        let value = if op.ends_with('~') { pattern(dice) } else { string(dice) };
        let (a, b, c) = (blank(dice), blank(dice), blank(dice));
        list.push(format!("{a}{label}{b}{op}{c}{value}"));
    }
    let trailing = if !list.is_empty() && dice.one_in(10) { "," } else { "" };
    format!("{{{}{trailing}{}}}", list.join(","), blank(dice))
}

fn label(dice: &mut Dice<'_>) -> &'static str {
    dice.pick(&["a", "job", "le", "by", "sum", "offset", "__name__", "bool", "Inf", "_"])
}

fn dice_name(dice: &mut Dice<'_>) -> &'static str {
    dice.pick(&["a", "a b", "é", "x.y", "__name__", "0", "a:b", ""])
}

fn quoted(dice: &mut Dice<'_>, text: fn(&mut Dice<'_>) -> &'static str) -> String {
    let text = text(dice);
    let quote = dice.pick(&["\"", "'", "`"]);
    format!("{quote}{text}{quote}")
}

/// A regular expression as a string; some are wrong.
fn pattern(dice: &mut Dice<'_>) -> String {
    let pattern = dice.pick(&[
        "a",
        "a|b",
        "foo.*",
        ".*",
        ".+",
        "",
        "api-.+",
        "(a|b)c?",
        "[a-z]+",
        "\\\\d+",
        "5..",
        "a{2}",
        "{",
        "[[:alpha:]]",
        "(?i)x",
        "é+",
        "a.*b.*c",
        ".*x.*",
        "^a$",
        "(",
        "a**",
        "[z-a]",
        "\\\\8",
        "a{1001}",
        "\\\\pL",
    ]);
    if dice.one_in(4) {
        return format!("`{}`", pattern.replace("\\\\", "\\"));
    }
    let quote = dice.pick(&["\"", "'"]);
    format!("{quote}{pattern}{quote}")
}

/// A string in any quotes, with escapes.
pub(super) fn string(dice: &mut Dice<'_>) -> String {
    let body = dice.pick(&[
        "",
        "a",
        "b c",
        "é",
        "x.y",
        "\\n",
        "\\x41",
        "\\101",
        "\\u00e9",
        "\\U0001F600",
        "\\t\\\\",
        "#",
        "{}",
        "$1",
        "日本語",
        "\\xe9",
        "\\xff",
        "\u{200b}",
        "0",
        "a,b",
        "\\a\\v",
    ]);
    match dice.below(4) {
        0 => format!("'{body}'"),
        1 => format!("`{body}`"),
        _ => format!("\"{body}\""),
    }
}

/// Labels in parentheses.
pub(super) fn labels(dice: &mut Dice<'_>) -> String {
    let mut list = Vec::new();
    for _ in 0..dice.below(4) {
        let name = match dice.below(8) {
            0 => string(dice),
            1 => {
                dice.pick(&["by", "sum", "start", "fill", "on", "and", "a:b", "Offset"]).to_owned()
            }
            _ => label(dice).to_owned(),
        };
        list.push(format!("{}{name}", blank(dice)));
    }
    let trailing = if !list.is_empty() && dice.one_in(10) { "," } else { "" };
    format!("({}{trailing}{})", list.join(","), blank(dice))
}

/// A number of any kind.
pub(super) fn number(dice: &mut Dice<'_>) -> String {
    match dice.below(8) {
        0..3 => dice.below(2000).to_string(),
        3 => format!("{}.{}", dice.below(100), dice.below(1000)),
        4 => format!("{}e{}", dice.below(100), dice.below(40)),
        5 => duration(dice),
        6 => format!("0x{:x}", dice.below(70_000)),
        _ => dice
            .pick(&[
                ".5",
                "5.",
                "1e-7",
                "1E+3",
                "0755",
                "09",
                "00",
                "1_000",
                "1_000.5_5",
                "0X_1f",
                "inf",
                "NaN",
                "Inf",
                "nAn",
                "1e308",
                "1e-320",
                "99999999999999999999",
                "9223372036854775807",
                "9223372036854775808",
                "0.1",
                "123456789.123456789",
                "1e999",
                "0x",
                "0xe+1",
                "1e5_0",
                "5m1h",
                "18446744073709551616",
                "0.30000000000000004",
            ])
            .to_owned(),
    }
}

/// A duration literal.
pub(super) fn duration(dice: &mut Dice<'_>) -> String {
    let n = dice.below(100) + usize::from(!dice.one_in(40));
    match dice.below(8) {
        0..5 => format!("{n}{}", dice.pick(&["s", "m", "h", "d", "w", "ms"])),
        5 => format!("{n}h{}m", dice.below(60)),
        6 => format!("{n}d{}h{}ms", dice.below(24), dice.below(1000)),
        _ => dice
            .pick(&[
                "1y",
                "1y2w3d4h5m6s7ms",
                "52w",
                "365d",
                "1s500ms",
                "290y",
                "300y",
                "1001ms",
                "0s",
            ])
            .to_owned(),
    }
}

/// The operand of `@`.
pub(super) fn instant(dice: &mut Dice<'_>) -> String {
    match dice.below(6) {
        0 => "start()".to_owned(),
        1 => "end( )".to_owned(),
        2 => format!("-{}", number(dice)),
        3 => format!("+{}", number(dice)),
        _ => number(dice),
    }
}
