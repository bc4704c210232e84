//! `unescaped-dot`: a dot of a host or file name that matches any character.

use diagnostics::{Proof, Severity};

use crate::{Check, Found, Level, Lint, RuleContext, selectors};

pub(super) static LINT: Lint = Lint {
    name: "unescaped-dot",
    code: "PQ015",
    level: Level::Stable,
    severity: Severity::Info,
    proof: Proof::Likely,
    summary: "A dot between words of a pattern is meant as a dot but matches any character.",
    why: "In a regular expression `node1.example` also matches `node1-example`. Between letters or \
          digits of an otherwise plain word a dot is nearly always meant as itself. It says \
          nothing of dots beside other dots or single characters, or before `*`, `+`, `?` and `{`.",
    example: r#"
- alert: NodeDown
  expr: up{instance=~"node1.example.com:.*"} == 0
"#,
    instead: r#"
- alert: NodeDown
  expr: up{instance=~"node1\\.example\\.com:.*"} == 0
"#,
    fix: "Escapes the dots. It is unsafe: fewer series are selected.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_selector(|selector, _| {
        for (_, matcher, span) in selectors::in_braces(selector) {
            if matcher.regex().is_none() {
                continue;
            }
            let Some(escaped) = escape(&matcher.value) else { continue };
            let quoted = model::quote::quote(&escaped);
            let finding = cx
                .at(span, "`.` matches any character here")
                .help(format!("write `{}{}{quoted}`", matcher.name, matcher.op.as_str()))
                .unsafe_fix(selectors::rewrite(cx, span, matcher, matcher.op, &escaped));
            cx.report(found, finding);
        }
    });
}

/// The pattern with the dots between words escaped; none if there are none.
fn escape(pattern: &str) -> Option<String> {
    let is_between =
        |w: &[u8]| w[1] == b'.' && w[0].is_ascii_alphanumeric() && w[2].is_ascii_alphanumeric();
    if !pattern.as_bytes().windows(3).any(is_between) {
        return None;
    }
    let chars: Vec<char> = pattern.chars().collect();
    let is_word = |i: usize| chars.get(i).is_some_and(char::is_ascii_alphanumeric);
    let is_quantifier = |i: usize| chars.get(i).is_some_and(|c| "*+?{".contains(*c));
    let (mut escaped, mut n_escaped, mut in_class) = (String::new(), 0, false);
    let mut i = 0;
    while i < chars.len() {
        match chars[i] {
            '\\' => {
                escaped.extend(&chars[i..(i + 2).min(chars.len())]);
                i += 2;
                continue;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            // `a.b*`: the letter behind may be anything.
            '.' if !in_class
                && i > 0
                && is_word(i - 1)
                && is_word(i + 1)
                && !is_quantifier(i + 2)
                && between_words(&chars, i) =>
            {
                escaped.push('\\');
                n_escaped += 1;
            }
            _ => {}
        }
        escaped.push(chars[i]);
        i += 1;
    }
    (n_escaped > 0).then_some(escaped)
}

/// Whether words stand on both sides of a dot: `a.b`, `5.5` and `mmcblk.p.+` may be patterns,
/// `node1.example` is none.
fn between_words(chars: &[char], dot: usize) -> bool {
    let is_word = |c: &&char| c.is_ascii_alphanumeric() || **c == '-' || **c == '_';
    let before: Vec<&char> = chars[..dot].iter().rev().take_while(is_word).collect();
    let after: Vec<&char> = chars[dot + 1..].iter().take_while(is_word).collect();
    let n_letters = |word: &[&char]| word.iter().filter(|c| c.is_ascii_alphabetic()).count();
    before.len() > 1 && after.len() > 1 && n_letters(&before) + n_letters(&after) >= 3
}
