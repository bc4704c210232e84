//! What there is to say of a plan.

use std::collections::HashMap;

use engine::{FragmentKind, Measured, NodeOutline, RootId};
use ruler::{
    RuleSet,
    fetch::{Ask, Fetched, Request},
};

use crate::config::Cut;

/// A plan, what it asks, and what that cost where it was done.
pub(super) struct Report {
    pub(super) cut: Cut,
    pub(super) n_groups: usize,
    /// All rules, each with the number of its node or why it has none.
    pub(super) rules: Vec<RuleLine>,
    pub(super) fragments: Vec<FragmentLine>,
    pub(super) questions: Vec<QuestionLine>,
    pub(super) nodes: Vec<NodeLine>,
}

pub(super) struct RuleLine {
    pub(super) name: String,
    pub(super) group: String,
    pub(super) node: Result<u32, String>,
}

pub(super) struct FragmentLine {
    pub(super) kind: FragmentKind,
    pub(super) query: String,
    /// The rules that need it, as indexes.
    pub(super) rules: Vec<usize>,
}

pub(super) struct QuestionLine {
    pub(super) query: String,
    pub(super) form: &'static str,
    /// The questions whose place it takes.
    pub(super) instead_of: Vec<String>,
    /// The fragments that it serves, by number.
    pub(super) serves: Vec<u32>,
    /// How many rules need its answer.
    pub(super) n_rules: usize,
    pub(super) answer: Option<AnswerLine>,
}

/// What a question's answer cost.
pub(super) struct AnswerLine {
    pub(super) series: usize,
    pub(super) bytes: u64,
    pub(super) ms: f64,
    pub(super) error: Option<String>,
}

pub(super) struct NodeLine {
    pub(super) outline: NodeOutline,
    /// The rules that need it, as indexes.
    pub(super) rules: Vec<usize>,
    pub(super) measured: Option<Measured>,
}

impl Report {
    pub(super) fn new(set: &RuleSet, cut: Cut, requests: &[Request]) -> Self {
        let (mut rules, mut of_root) = (Vec::new(), HashMap::<RootId, Vec<usize>>::new());
        for group in &set.groups {
            for rule in &group.rules {
                if let Ok(root) = &rule.root {
                    of_root.entry(*root).or_default().push(rules.len());
                }
                rules.push(RuleLine {
                    name: rule.name().to_owned(),
                    group: group.name.clone(),
                    node: rule.root.clone().map(|root| set.plan.node_of(root)),
                });
            }
        }
        let rules_of = |roots: &[RootId]| -> Vec<usize> {
            roots.iter().flat_map(|root| of_root.get(root).into_iter().flatten().copied()).collect()
        };
        let nodes: Vec<NodeLine> = set
            .plan
            .outline()
            .into_iter()
            .map(|outline| NodeLine { rules: rules_of(&outline.roots), outline, measured: None })
            .collect();
        let fragments = fragments(set, &nodes);
        let questions = requests.iter().map(|request| question(request, &fragments)).collect();
        Self { cut, n_groups: set.groups.len(), rules, fragments, questions, nodes }
    }

    /// Notes what came of a question; one that took the place of another comes after all.
    pub(super) fn answered(&mut self, fetched: &Fetched) {
        let Fetched { request, result, took } = fetched;
        let line = question(request, &self.fragments);
        let is_it = |known: &QuestionLine| known.query == line.query && known.form == line.form;
        let at = self.questions.iter().position(is_it).unwrap_or_else(|| {
            self.questions.push(line);
            self.questions.len() - 1
        });
        let ms = took.as_secs_f64() * 1000.0;
        self.questions[at].answer = Some(match result {
            Ok(answer) => {
                let (series, bytes) = (answer.data.len(), answer.bytes);
                AnswerLine { series, bytes, ms, error: None }
            }
            Err(e) => AnswerLine { series: 0, bytes: 0, ms, error: Some(e.to_string()) },
        });
    }

    /// Notes what evaluating nodes cost; what another expression computed already, counts there.
    pub(super) fn measured(&mut self, measured: &[Measured]) {
        for one in measured {
            self.nodes[one.node as usize].measured.get_or_insert(*one);
        }
    }

    /// How many nodes more than one rule needs.
    pub(super) fn n_shared(&self) -> usize {
        self.nodes.iter().filter(|node| node.rules.len() > 1).count()
    }
}

fn fragments(set: &RuleSet, nodes: &[NodeLine]) -> Vec<FragmentLine> {
    let lines = set.plan.fragments().iter().map(|fragment| {
        let readers = nodes.iter().filter(|node| node.outline.fragment == Some(fragment.id));
        let mut rules: Vec<usize> = readers.flat_map(|node| node.rules.iter().copied()).collect();
        rules.sort_unstable();
        rules.dedup();
        FragmentLine { kind: fragment.kind, query: fragment.query.clone(), rules }
    });
    lines.collect()
}

fn question(request: &Request, fragments: &[FragmentLine]) -> QuestionLine {
    let serves: Vec<u32> = request.serves.iter().map(|fragment| fragment.0).collect();
    let rules = serves.iter().flat_map(|f| fragments[*f as usize].rules.iter());
    let mut rules: Vec<usize> = rules.copied().collect();
    rules.sort_unstable();
    rules.dedup();
    let form = match request.ask {
        Ask::Instant(_) => "instant",
        Ask::Grid(_) => "range",
        Ask::Window { .. } => "samples",
    };
    let parts = request.parts.iter().flat_map(|parts| parts.iter());
    let instead_of = parts.map(|part| part.query.to_string()).collect();
    let (query, n_rules) = (request.text(), rules.len());
    QuestionLine { query, form, instead_of, serves, n_rules, answer: None }
}
