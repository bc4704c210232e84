//! What a check is shown: one rule or one file, with the world around it.

use std::cell::OnceCell;

use diagnostics::{Diagnostic, Edit, Severity, Span};
use promql::{Expr, ast::Selector, visit::walk};
use rules::{Group, Rule, RuleFile};

use crate::{Found, RuleId, Text, World, facts::Facts, selectors};

/// A rule, for the checks that look at one.
pub struct RuleContext<'w> {
    /// Everything that is checked with it.
    pub world: &'w World<'w>,
    /// Which rule it is.
    pub id: RuleId,
    /// Its file.
    pub file: &'w RuleFile,
    /// Its group.
    pub group: &'w Group,
    /// The rule.
    pub rule: &'w Rule,
    facts: OnceCell<Known<'w>>,
    strict: OnceCell<Facts<'w>>,
    texts: OnceCell<Vec<Text<'w>>>,
    nodes: OnceCell<Vec<&'w Expr>>,
    selectors: OnceCell<Vec<(&'w Selector, Span)>>,
}

/// What is known of an expression: to all who read what the rule records, or to one who asked.
enum Known<'w> {
    ToAll(&'w Facts<'w>),
    Here(Facts<'w>),
}

/// A file, for the checks that look at one.
pub struct FileContext<'w> {
    /// Everything that is checked with it.
    pub world: &'w World<'w>,
    /// The file.
    pub file: &'w RuleFile,
    /// Its index among the files.
    pub index: usize,
}

impl<'w> RuleContext<'w> {
    /// A rule of the world.
    pub fn new(world: &'w World<'w>, id: RuleId) -> Self {
        let (file, group, rule) = (world.file(id), world.group(id), world.rule(id));
        let (facts, strict, texts) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        let (nodes, selectors) = (OnceCell::new(), OnceCell::new());
        Self { world, id, file, group, rule, facts, strict, texts, nodes, selectors }
    }

    /// What is known of the expression if metrics are what they are documented to be.
    pub fn facts(&self) -> &Facts<'w> {
        let records = &self.world.produced;
        let known = self.facts.get_or_init(|| match records.facts(self.rule) {
            Some(facts) => Known::ToAll(facts),
            None => Known::Here(Facts::of(&self.rule.expr, records)),
        });
        match known {
            Known::ToAll(facts) => facts,
            Known::Here(facts) => facts,
        }
    }

    /// What is known of the expression whatever its metrics are: what holds here is proven.
    pub fn strict(&self) -> &Facts<'w> {
        self.strict.get_or_init(|| Facts::strict(&self.rule.expr))
    }

    /// The expression.
    pub fn expr(&self) -> &'w Expr {
        &self.rule.expr
    }

    /// Calls `f` for the expression and for everything inside it, parents first. The tree is
    /// walked once for all lints.
    pub fn each_node(&self, f: impl FnMut(&'w Expr)) {
        let nodes = self.nodes.get_or_init(|| {
            let mut nodes = Vec::with_capacity(16);
            walk(self.expr(), &mut |expr| nodes.push(expr));
            nodes
        });
        nodes.iter().copied().for_each(f);
    }

    /// Calls `f` for each selector of the expression, with the span of what it selects: name and
    /// braces, without a range.
    pub fn each_selector(&self, mut f: impl FnMut(&'w Selector, Span)) {
        let selectors = self.selectors.get_or_init(|| {
            let mut selectors = Vec::new();
            self.each_node(|expr| selectors.extend(selectors::of(expr)));
            selectors
        });
        for (selector, span) in selectors {
            f(selector, *span);
        }
    }

    /// The alert's labels and annotations.
    pub fn texts(&self) -> &[Text<'w>] {
        self.texts.get_or_init(|| Text::all(self.rule))
    }

    /// The text of a part of the expression.
    pub fn text(&self, part: Span) -> &'w str {
        part.of(&self.rule.expr_text)
    }

    /// Where a part of the expression stands in the file.
    pub fn place(&self, part: Span) -> Span {
        self.rule.locate(part)
    }

    /// The edit that writes something else in the place of a part of the expression; none where
    /// the file cannot hold it.
    pub fn replace(&self, part: Span, text: &str) -> Option<Edit> {
        self.rule.expr_text.replace(part, text)
    }

    /// A finding at a part of the expression.
    pub fn at(&self, part: Span, message: impl Into<String>) -> Diagnostic {
        self.at_place(self.place(part), message)
    }

    /// A finding at bytes of the file.
    pub fn at_place(&self, place: Span, message: impl Into<String>) -> Diagnostic {
        let mut diagnostic = Diagnostic::new(Severity::Warning, "", place, message);
        diagnostic.subject = Some(subject(self.rule));
        diagnostic
    }

    /// Reports a finding of this rule's file.
    pub fn report(&self, found: &mut Found, diagnostic: Diagnostic) {
        found.add(&self.file.source, diagnostic);
    }
}

impl FileContext<'_> {
    /// Reports a finding of this file.
    pub fn report(&self, found: &mut Found, diagnostic: Diagnostic) {
        found.add(&self.file.source, diagnostic);
    }
}

/// A rule as findings name it: ``alert `HighLatency` ``.
pub(crate) fn subject(rule: &Rule) -> String {
    let kind = if rule.alerting().is_some() { "alert" } else { "record" };
    format!("{kind} `{}`", rule.name())
}
