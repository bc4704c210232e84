//! Questions under way, and who waits for which answers.
//!
//! Groups that are due for the same time often need the same: it is asked for once, and each group
//! goes on as soon as it has all that it needs, whatever others still wait for.

use engine::{Need, NeedTimes};

use crate::fetch::{Ask, Request};

/// All questions under way.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    all: Vec<Flight>,
    /// How often questions were added.
    round: u64,
}

#[derive(Debug)]
struct Flight {
    request: Request,
    /// When it was asked for last, though it was under way already.
    round: u64,
    /// Groups by their numbers, each once.
    waiting: Vec<usize>,
}

impl Flights {
    /// The needs whose data nobody has asked for yet.
    pub(crate) fn not_asked<'n>(&self, needs: &'n [Need]) -> impl Iterator<Item = &'n Need> {
        // Of windows it depends on what is held whether more has to be asked for.
        let is_asked = |need: &Need| {
            is_instant(need) && self.all.iter().any(|flight| serves(&flight.request, need))
        };
        needs.iter().filter(move |need| !is_asked(need))
    }

    /// Adds questions; those that are under way already are left out and not returned.
    pub(crate) fn add(&mut self, mut requests: Vec<Request>) -> Vec<Request> {
        self.round += 1;
        let Self { all, round } = self;
        requests.retain(|request| {
            let known = all.iter_mut().find(|flight| flight.request == *request);
            known.map(|flight| flight.round = *round).is_none()
        });
        let flight =
            |request: &Request| Flight { request: request.clone(), round: *round, waiting: vec![] };
        all.extend(requests.iter().map(flight));
        requests
    }

    /// Lets a group wait for what it needs of the questions that were added last, and for values at
    /// its time that others asked for before; how many answers that is. Windows that others ask for
    /// hold it up no longer than its own.
    pub(crate) fn wait(&mut self, group: usize, needs: &[Need]) -> usize {
        let mut n = 0;
        for flight in &mut self.all {
            let counts =
                flight.round == self.round || matches!(flight.request.ask, Ask::Instant(_));
            let is_new = counts && !flight.waiting.contains(&group);
            if is_new && needs.iter().any(|need| serves(&flight.request, need)) {
                flight.waiting.push(group);
                n += 1;
            }
        }
        n
    }

    /// The groups that waited for an answer that is there now.
    pub(crate) fn landed(&mut self, request: &Request) -> Vec<usize> {
        let at = self.all.iter().position(|flight| flight.request == *request);
        at.map_or_else(Vec::new, |at| self.all.remove(at).waiting)
    }
}

fn is_instant(need: &Need) -> bool {
    matches!(need.times, NeedTimes::Grid(steps) if steps.count == 1)
}

/// Whether an answer has something that is needed.
fn serves(request: &Request, need: &Need) -> bool {
    let same_time = match (request.ask, need.times) {
        (Ask::Instant(t), NeedTimes::Grid(steps)) => steps.iter().any(|at| at == t),
        (Ask::Grid(asked), NeedTimes::Grid(steps)) => {
            asked.start <= steps.end() && steps.start <= asked.end()
        }
        (Ask::Window { lo, hi }, NeedTimes::Range { lo: from, hi: to }) => lo < to && from < hi,
        _ => false,
    };
    same_time && request.serves.contains(&need.fragment)
}
