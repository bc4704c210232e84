//! Fixes of all lints over real rule files: they end, they break no file, and those that are called
//! safe leave every expression what it was.
//!
//! What it was: the same tree but for parentheses, with matchers that let the same values through,
//! which is proved with automata. Needs `CONFORMANCE_DIR`; skipped without.

#[path = "support/corpus.rs"]
mod corpus;

use std::{fs, path::Path};

use diagnostics::{Applicability, Fix, Source};
use lint::{Options, Selection, World};
use model::regex::language::implies;
use promql::{Expr, ExprKind, ParseOptions, ast::Selector, visit::for_each_child_mut};
use rules::{ReadOptions, RuleFile};

/// Rounds after which there must be nothing left to fix.
const ROUNDS: usize = 12;

#[test]
#[expect(clippy::print_stdout, reason = "the counts are what the reader wants")]
fn fixes_end_and_break_nothing() {
    let Some(folder) = std::env::var_os("CONFORMANCE_DIR") else {
        println!("skipped: CONFORMANCE_DIR is not set");
        return;
    };
    let (mut read_files, mut applied) = (0, [0, 0]);
    for part in ["rules", "crd"] {
        for path in corpus::files(&Path::new(&folder).join(part)) {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let before = read(&text);
            if before.n_rules() == 0 {
                continue;
            }
            read_files += 1;
            for (i, wanted) in [Applicability::Safe, Applicability::Unsafe].into_iter().enumerate()
            {
                let (fixed, n) = fix(&text, wanted, &path);
                applied[i] += n;
                let after = read(&fixed);
                let shown = path.display();
                assert!(
                    after.errors.len() <= before.errors.len(),
                    "{shown}: {:?}\n{fixed}",
                    after.errors
                );
                if wanted == Applicability::Safe {
                    same_rules(&before, &after).unwrap_or_else(|why| panic!("{shown}: {why}"));
                }
            }
        }
    }
    println!("{read_files} files: {} safe fixes, {} of both kinds", applied[0], applied[1]);
    assert!(read_files > 300 && applied[0] > 0 && applied[1] > applied[0]);
}

fn read(text: &str) -> RuleFile {
    let options = ReadOptions { syntax: ParseOptions::all(), ..ReadOptions::default() };
    rules::read(&Source::new("rules.yml", text), &options)
}

/// The text with all fixes up to a kind applied until none is left, and how many there were.
fn fix(text: &str, up_to: Applicability, path: &Path) -> (String, usize) {
    let (mut text, mut n_applied) = (text.to_owned(), 0);
    let mut selection = Selection::default();
    selection.select("all").expect("a word");
    let options = Options::default();
    for _ in 0..ROUNDS {
        let world = [read(&text)];
        let findings = lint::check(&World::new(&world, &options), &selection);
        let fixes: Vec<&Fix> = findings
            .iter()
            .filter_map(|finding| finding.diagnostic.fix.as_ref())
            .filter(|fix| fix.applicability <= up_to)
            .collect();
        if fixes.is_empty() {
            return (text, n_applied);
        }
        let applied = diagnostics::apply(&text, &fixes);
        assert!(applied.text != text, "{}: a fix changes nothing: {fixes:?}", path.display());
        n_applied += applied.n_applied;
        text = applied.text;
    }
    panic!("{}: fixes never end", path.display());
}

/// Every rule of one is in the other, with the same meaning.
fn same_rules(before: &RuleFile, after: &RuleFile) -> Result<(), String> {
    let rules = |file: &RuleFile| {
        let all = file.groups.iter().flat_map(|group| group.rules.clone());
        let mut all: Vec<_> =
            all.map(|rule| (rule.name().to_owned(), Canonical::of(&rule.expr))).collect();
        all.sort_by(|a, b| (&a.0, &a.1.tree).cmp(&(&b.0, &b.1.tree)));
        all
    };
    let (before, after) = (rules(before), rules(after));
    if before.len() != after.len() {
        return Err(format!("{} rules became {}", before.len(), after.len()));
    }
    for (old, new) in before.iter().zip(&after) {
        let is_same = old.0 == new.0 && old.1.tree == new.1.tree;
        let selectors = old.1.selectors.iter().zip(&new.1.selectors);
        if !is_same || !selectors.clone().all(|(a, b)| selects_the_same(a, b)) {
            return Err(format!("{}: {} became {}", old.0, old.1.tree, new.1.tree));
        }
    }
    Ok(())
}

/// A tree without parentheses and without matchers, and its selectors.
struct Canonical {
    tree: String,
    selectors: Vec<Selector>,
}

impl Canonical {
    fn of(expr: &Expr) -> Self {
        let (mut expr, mut selectors) = (expr.clone(), Vec::new());
        strip(&mut expr, &mut selectors);
        Self { tree: expr.to_string(), selectors }
    }
}

fn strip(expr: &mut Expr, selectors: &mut Vec<Selector>) {
    while let ExprKind::Paren(inner) = &expr.kind {
        *expr = (**inner).clone();
    }
    let selector = match &mut expr.kind {
        ExprKind::Selector(selector) => Some(&mut **selector),
        ExprKind::Matrix(matrix) => Some(&mut matrix.selector),
        _ => None,
    };
    if let Some(selector) = selector {
        selectors.push(selector.clone());
        selector.matchers.truncate(usize::from(selector.name.is_some()));
    }
    for_each_child_mut(expr, |child| strip(child, selectors));
}

/// Whether two selectors let the same values of every label through.
fn selects_the_same(a: &Selector, b: &Selector) -> bool {
    let covers = |narrow: &Selector, wide: &Selector| {
        wide.matchers.iter().all(|matcher| {
            let same = narrow.matchers.iter().filter(|other| other.name == matcher.name);
            implies(&same.collect::<Vec<_>>(), matcher) == Some(true)
        })
    };
    covers(a, b) && covers(b, a)
}
