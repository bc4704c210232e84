//! Questions whose answers are computed from that to a finer one, which is asked instead.
//!
//! It comes after batches: a question serves whom it serves, by whichever answer. What may be asked
//! together is the engine's to say ([`engine::merge`]); here it is kept as it was worded. Where it
//! does not go well, questions are asked apart, now and for a while: the source refuses, the answer
//! has too many rows, or tells of native histograms or of something that it left out.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use engine::{BatchId, Cut, FragmentId, Plan, Regroup, Regrouping};
use source::Answer;

use super::together::{APART_MS, MAX_KNOWN};
use crate::fetch::{Ask, Part, Request};

/// How many rows an answer may have that no question wants as it is.
const MAX_ROWS: usize = 10_000;

/// A question without its time: what is asked, whom it serves, and what these have in common.
type Timeless = (Arc<str>, Arc<[FragmentId]>, Option<BatchId>);

/// What is asked together, and how it fares.
#[derive(Debug, Default)]
pub(super) struct Merging {
    /// None where each question is asked as it is.
    regrouping: Option<Regrouping>,
    /// Until when the parts of a question are asked one by one.
    apart: HashMap<Arc<str>, i64>,
    /// What is asked instead of some of these questions.
    known: HashMap<Vec<Timeless>, Vec<Merged>>,
}

/// A question that takes the place of others.
#[derive(Debug)]
struct Merged {
    query: Arc<str>,
    serves: Arc<[FragmentId]>,
    parts: Arc<[Part]>,
    /// Which questions these are.
    instead_of: Vec<usize>,
}

impl Merging {
    pub(super) fn new(plan: &Plan) -> Self {
        let options = plan.options();
        let regrouping = (options.cut == Cut::Shared).then_some(options.regrouping);
        Self { regrouping, ..Self::default() }
    }

    /// What to ask to have what these would tell, all of them for values at one time.
    pub(super) fn requests(&mut self, t: i64, asked: Vec<Request>) -> Vec<Request> {
        let Some(regrouping) = self.regrouping.filter(|_| asked.len() > 1) else { return asked };
        if self.known.len() > MAX_KNOWN {
            self.known.clear();
        }
        let timeless = |r: &Request| (Arc::clone(&r.query), Arc::clone(&r.serves), r.batch);
        let questions = asked.iter().map(timeless).collect();
        let known = self.known.entry(questions).or_insert_with_key(|all| worded(all, regrouping));
        let mut requests = Vec::with_capacity(asked.len());
        let mut taken = HashSet::new();
        for Merged { query, serves, parts, instead_of } in known {
            if self.apart.get(query).is_some_and(|until| t < *until) {
                continue;
            }
            taken.extend(instead_of.iter().copied());
            let (query, serves, parts) = (Arc::clone(query), Arc::clone(serves), Arc::clone(parts));
            let (batch, parts, ask) = (None, Some(parts), Ask::Instant(t));
            requests.push(Request { serves, batch, parts, query, ask });
        }
        let alone = asked.into_iter().enumerate().filter(|(i, _)| !taken.contains(i));
        requests.extend(alone.map(|(_, request)| request));
        requests
    }

    /// The questions that an answer serves, each with its own; none where they can't be had of it.
    pub(super) fn answers(request: &Request, answer: Answer) -> Option<Vec<(Request, Answer)>> {
        let Some(parts) = &request.parts else { return Some(vec![(request.clone(), answer)]) };
        let is_wanted = parts.iter().any(|part| part.regroup.is_all());
        let has_too_many = !is_wanted && answer.data.len() > MAX_ROWS;
        // A group that has both floats and histograms has no row, and a warning.
        if has_too_many || !answer.warnings.is_empty() {
            return None;
        }
        let of_part = |part: &Part| {
            let data = part.regroup.rows(&answer.data)?;
            let infos = answer.infos.clone();
            let own = Answer { data, kind: answer.kind.clone(), warnings: vec![], infos, bytes: 0 };
            Some((alone(part, request.ask), own))
        };
        parts.iter().map(of_part).collect()
    }

    /// The questions whose place another one took that did not go well; they are asked one by one
    /// for a while.
    pub(super) fn apart(&mut self, request: &Request) -> Vec<Request> {
        let (Some(parts), Ask::Instant(t)) = (&request.parts, request.ask) else {
            return Vec::new();
        };
        self.apart.retain(|_, until| t < *until);
        self.apart.insert(Arc::clone(&request.query), t + APART_MS);
        parts.iter().map(|part| alone(part, request.ask)).collect()
    }
}

/// What is asked instead of some of these questions.
fn worded(questions: &[Timeless], regrouping: Regrouping) -> Vec<Merged> {
    let queries: Vec<&str> = questions.iter().map(|(query, ..)| &**query).collect();
    let merged = engine::merge(&queries, regrouping).into_iter().map(|merged| {
        let instead_of: Vec<usize> = merged.parts.iter().map(|(i, _)| *i).collect();
        let part = |(i, regroup): (usize, Regroup)| {
            let (query, serves, batch) = questions[i].clone();
            Part { serves, batch, query, regroup }
        };
        let parts: Arc<[Part]> = merged.parts.into_iter().map(part).collect();
        let serves = parts.iter().flat_map(|part| part.serves.iter().copied()).collect();
        Merged { query: merged.query.into(), serves, parts, instead_of }
    });
    merged.collect()
}

fn alone(part: &Part, ask: Ask) -> Request {
    let (serves, query) = (Arc::clone(&part.serves), Arc::clone(&part.query));
    Request { serves, batch: part.batch, parts: None, query, ask }
}
