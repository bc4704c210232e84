//! The times of series that are scraped together, kept once.
//!
//! A clock is a run of ascending times. Times have positions that never change: a series knows its
//! clock, the position of its first sample, and its values; its samples stand at consecutive
//! positions. A series whose next sample does not fit moves to another clock ([`Clocks::place`]),
//! where the times that it had keep their positions. Series that leave one clock at one place with
//! the same time meet again on the same other clock; one that is alone takes its clock along.

use std::collections::BTreeMap;

use crate::run::after;

/// No clock: that of a series without floats.
pub(crate) const NONE: u32 = u32::MAX;

/// So many entries of bookkeeping are kept per clock before those that hold no more are dropped.
const ENTRIES_PER_CLOCK: usize = 2;

/// All clocks of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clocks {
    all: Vec<Clock>,
    free: Vec<u32>,
    /// Which clock came to a time last. Entries may be outdated: whoever reads one looks.
    newest: BTreeMap<i64, u32>,
    /// Where series went that left a clock at a position with a time. May be outdated as well.
    forks: BTreeMap<(u32, u32, i64), u32>,
    /// The clock that was used last: the next series mostly shares it.
    last: u32,
}

#[derive(Clone, Debug, Default)]
struct Clock {
    times: Vec<i64>,
    /// The position of the first of `times`.
    base: u32,
    /// How many series have this clock; 0 where the slot is free.
    users: u32,
}

impl Clock {
    fn end(&self) -> u32 {
        self.base + count(self.times.len())
    }

    /// The times from one position to another; none where it does not have them all.
    fn slice(&self, from: u32, to: u32) -> Option<&[i64]> {
        let from = from.checked_sub(self.base)? as usize;
        self.times.get(from..to.checked_sub(self.base)? as usize)
    }

    /// Forgets the first `n` times, once they are a third of all.
    fn drop_front(&mut self, n: usize) {
        if n > 8 && n * 3 > self.times.len() {
            self.times.drain(..n);
            self.times.shrink_to(2 * self.times.len());
            self.base += count(n);
        }
    }

    fn at(&self, position: u32) -> Option<i64> {
        self.times.get(position.checked_sub(self.base)? as usize).copied()
    }
}

impl Clocks {
    /// The times at consecutive positions of a clock.
    #[inline]
    pub(crate) fn times(&self, clock: u32, start: u32, len: usize) -> &[i64] {
        match self.all.get(clock as usize) {
            Some(clock) => &clock.times[(start - clock.base) as usize..][..len],
            None => &[],
        }
    }

    /// The position after the last time at or before `t`.
    #[inline]
    pub(crate) fn after(&self, clock: u32, t: i64) -> u32 {
        let clock = &self.all[clock as usize];
        clock.base + count(after(&clock.times, t))
    }

    /// The time at a position.
    #[inline]
    pub(crate) fn time(&self, clock: u32, position: u32) -> i64 {
        let clock = &self.all[clock as usize];
        clock.times[(position - clock.base) as usize]
    }

    /// Makes `t` the time at `next`, the position after the last sample of a series that began at
    /// `start`. The clock that the series has from now on.
    #[inline]
    pub(crate) fn place(&mut self, clock: u32, (start, next): (u32, u32), t: i64) -> u32 {
        let found = &mut self.all[clock as usize];
        let placed = match found.times.get((next - found.base) as usize) {
            Some(there) if *there == t => clock,
            Some(_) => self.fork(clock, (start, next), t),
            None => {
                found.times.push(t);
                self.note_newest(t, clock);
                clock
            }
        };
        self.last = placed;
        placed
    }

    /// Gives a series without floats a clock that has these times at consecutive positions; the
    /// clock and the first of these positions. There is at least one time.
    pub(crate) fn enter(&mut self, ts: &[i64]) -> (u32, u32) {
        let (first, end) = (ts[0], ts[ts.len() - 1]);
        let known = [Some(self.last), self.newest.get(&end).copied()];
        let found = known.into_iter().flatten().find_map(|clock| {
            let at = self.fits(clock, first, ts)?;
            Some((clock, at))
        });
        let (clock, at) = found.unwrap_or_else(|| (self.create(0, ts.to_vec()), 0));
        let found = &mut self.all[clock as usize];
        found.users += 1;
        let had = (found.end() - at) as usize;
        if had < ts.len() {
            found.times.extend_from_slice(&ts[had..]);
            self.note_newest(end, clock);
        }
        self.last = clock;
        (clock, at)
    }

    /// A series lost all its floats or went elsewhere.
    pub(crate) fn leave(&mut self, clock: u32) {
        let Some(left) = self.all.get_mut(clock as usize) else { return };
        left.users -= 1;
        if left.users == 0 {
            *left = Clock::default();
            self.free.push(clock);
        }
    }

    /// Per clock the position of the first time at or after `t`.
    pub(crate) fn cuts(&self, t: i64) -> Vec<u32> {
        (0..count(self.all.len())).map(|clock| self.after(clock, t.saturating_sub(1))).collect()
    }

    /// Forgets times before `t`; no series has them any more.
    pub(crate) fn drop_before(&mut self, t: i64) {
        for clock in &mut self.all {
            clock.drop_front(clock.times.partition_point(|ts| *ts < t));
        }
        self.forks.clear();
    }

    /// Clocks that are in use or free: their numbers are below this.
    pub(crate) fn n_slots(&self) -> usize {
        self.all.len()
    }

    /// Forgets the times before the position of the first sample that any series has, by clock.
    pub(crate) fn drop_to(&mut self, firsts: &[u32]) {
        for (clock, first) in self.all.iter_mut().zip(firsts) {
            let gone = first.saturating_sub(clock.base) as usize;
            clock.drop_front(gone.min(clock.times.len()));
        }
        self.forks.clear();
    }

    /// Memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let times = self.all.iter().map(|clock| clock.times.capacity() * size_of::<i64>());
        self.all.capacity() * size_of::<Clock>()
            + times.sum::<usize>()
            + self.newest.len() * size_of::<(i64, u32)>()
            + self.forks.len() * size_of::<((u32, u32, i64), u32)>()
    }

    /// How many clocks are in use.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.all.len() - self.free.len()
    }

    /// Where a clock has the first of some times, if the others follow as far as it goes.
    fn fits(&self, clock: u32, first: i64, ts: &[i64]) -> Option<u32> {
        let found = self.all.get(clock as usize).filter(|clock| clock.users > 0)?;
        let at = after(&found.times, first.saturating_sub(1));
        let rest = &found.times[at..];
        let both = rest.len().min(ts.len());
        (both > 0 && rest[..both] == ts[..both]).then(|| found.base + count(at))
    }

    /// Another clock with the same times from `start` to `next`, and `t` there.
    fn fork(&mut self, from: u32, (start, next): (u32, u32), t: i64) -> u32 {
        if self.all[from as usize].users == 1 {
            let own = &mut self.all[from as usize];
            own.times.truncate((next - own.base) as usize);
            own.times.push(t);
            self.note_newest(t, from);
            return from;
        }
        let to = match self.forks.get(&(from, next, t)).copied() {
            Some(to) if self.reach_back(from, to, (start, next), t) => to,
            _ => {
                let mut times = self.times(from, start, (next - start) as usize).to_vec();
                times.push(t);
                let to = self.create(start, times);
                self.forks.insert((from, next, t), to);
                to
            }
        };
        self.all[to as usize].users += 1;
        self.leave(from);
        to
    }

    /// Whether a clock has the times of another from `start` to `next`, and `t` there. What it
    /// lacks at its front it is given.
    fn reach_back(&mut self, from: u32, to: u32, (start, next): (u32, u32), t: i64) -> bool {
        if from == to {
            return false;
        }
        let [source, target] = self
            .all
            .get_disjoint_mut([from as usize, to as usize])
            .expect("two clocks that were handed out");
        let shared = start.max(target.base);
        let same = target.users > 0
            && target.at(next) == Some(t)
            && target.slice(shared, next).is_some()
            && target.slice(shared, next) == source.slice(shared, next);
        if same && start < shared {
            let lacking = source.slice(start, shared).expect("a series has the times of its clock");
            target.times.splice(..0, lacking.iter().copied());
            target.base = start;
        }
        same
    }

    /// A clock that nobody has yet.
    fn create(&mut self, base: u32, times: Vec<i64>) -> u32 {
        let newest = times.last().copied();
        let fresh = Clock { times, base, users: 0 };
        let clock = if let Some(clock) = self.free.pop() {
            self.all[clock as usize] = fresh;
            clock
        } else {
            self.all.push(fresh);
            count(self.all.len() - 1)
        };
        if let Some(t) = newest {
            self.note_newest(t, clock);
        }
        clock
    }

    fn note_newest(&mut self, t: i64, clock: u32) {
        self.newest.insert(t, clock);
        if self.newest.len() > 64 + ENTRIES_PER_CLOCK * self.all.len() {
            let clocks = &self.all;
            self.newest.retain(|t, clock| clocks[*clock as usize].times.last() == Some(t));
        }
    }
}

/// A position or a number of times.
fn count(n: usize) -> u32 {
    u32::try_from(n).expect("under 4 G times a clock")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Series of a clock, which all have the same samples so far.
    fn begin(clocks: &mut Clocks, n: usize, ts: &[i64]) -> Vec<(u32, u32)> {
        (0..n).map(|_| clocks.enter(ts)).collect()
    }

    #[test]
    fn series_that_begin_together_share_a_clock() {
        let mut clocks = Clocks::default();
        let all = begin(&mut clocks, 3, &[10, 20]);
        assert!(all.iter().all(|(clock, start)| (*clock, *start) == all[0]));
        // One that begins later, and one that ended before.
        assert_eq!(clocks.enter(&[20, 30]), (all[0].0, 1));
        assert_eq!(clocks.enter(&[10]), (all[0].0, 0));
        assert_ne!(clocks.enter(&[15]).0, all[0].0);
        assert_eq!(clocks.len(), 2);
    }

    #[test]
    fn series_that_leave_together_meet_again() {
        let mut clocks = Clocks::default();
        let all = begin(&mut clocks, 4, &[10, 20]);
        let late = clocks.enter(&[20]);
        let stays = clocks.place(all[0].0, (0, 2), 30);
        assert_eq!(stays, all[0].0);
        // The one that began later goes first; the other clock is given what it lacks.
        let other = clocks.place(late.0, (1, 2), 31);
        assert_ne!(other, stays);
        assert_eq!(clocks.place(all[1].0, (0, 2), 31), other);
        assert_eq!(clocks.place(all[2].0, (0, 2), 31), other);
        assert_eq!(clocks.times(other, 0, 3), [10, 20, 31]);
        assert_eq!(clocks.times(stays, 0, 3), [10, 20, 30]);
        assert_eq!(clocks.len(), 2);
    }

    #[test]
    fn a_series_alone_takes_its_clock_along() {
        let mut clocks = Clocks::default();
        let all = begin(&mut clocks, 2, &[10]);
        assert_eq!(clocks.place(all[0].0, (0, 1), 20), all[0].0);
        clocks.leave(all[0].0);
        assert_eq!(clocks.place(all[1].0, (0, 1), 25), all[1].0);
        assert_eq!(clocks.times(all[1].0, 0, 2), [10, 25]);
        clocks.leave(all[1].0);
        assert_eq!(clocks.len(), 0);
    }
}
