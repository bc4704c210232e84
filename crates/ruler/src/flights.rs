//! Questions under way, and who waits for which answers.
//!
//! Groups that are due for the same time often need the same: it is asked for once, and each group
//! goes on as soon as it has all that it needs, whatever others still wait for.

use engine::{Need, NeedTimes};

use crate::fetch::{Ask, Request};

/// All questions under way.
#[derive(Debug, Default)]
pub(crate) struct Flights(Vec<Flight>);

#[derive(Debug)]
struct Flight {
    request: Request,
    /// Groups by their numbers, each once.
    waiting: Vec<usize>,
}

impl Flights {
    /// The needs whose data nobody has asked for yet.
    pub(crate) fn not_asked<'n>(&self, needs: &'n [Need]) -> impl Iterator<Item = &'n Need> {
        // Of windows it depends on what is held whether more has to be asked for.
        let is_asked = |need: &Need| {
            is_instant(need) && self.0.iter().any(|flight| serves(&flight.request, need))
        };
        needs.iter().filter(move |need| !is_asked(need))
    }

    /// Adds questions; those that are under way already are left out and not returned.
    pub(crate) fn add(&mut self, mut requests: Vec<Request>) -> Vec<Request> {
        requests.retain(|request| self.0.iter().all(|flight| flight.request != *request));
        let new =
            requests.iter().map(|request| Flight { request: request.clone(), waiting: vec![] });
        self.0.extend(new);
        requests
    }

    /// Lets a group wait for everything under way that it needs; how many answers that is.
    pub(crate) fn wait(&mut self, group: usize, needs: &[Need]) -> usize {
        let mut n = 0;
        for flight in &mut self.0 {
            if !flight.waiting.contains(&group)
                && needs.iter().any(|need| serves(&flight.request, need))
            {
                flight.waiting.push(group);
                n += 1;
            }
        }
        n
    }

    /// The groups that waited for an answer that is there now.
    pub(crate) fn landed(&mut self, request: &Request) -> Vec<usize> {
        let at = self.0.iter().position(|flight| flight.request == *request);
        at.map_or_else(Vec::new, |at| self.0.remove(at).waiting)
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
