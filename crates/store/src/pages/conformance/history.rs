//! Whether a history of calls on one record is linearizable: whether there is an order of the calls in
//! which each answer is right, and in which a call that ended before another one began comes first.
//!
//! The search of Wing and Gong with the memory of Lowe, for the few calls that a record has. The tester
//! of the crate `stateright` has no memory, and its time doubles with every few calls that overlap.
//!
//! Calls without an answer would double it as well, so two things are used: nobody can tell values apart that
//! no read has found, and of equal calls that may happen now, the one that must happen first may be taken.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};

/// What a record holds: `None` if there is none. Every write has a number of its own.
pub type Value = Option<u64>;

/// A call of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// Makes a record where there is none.
    Create(u64),
    /// Makes a record, or replaces it.
    Put(u64),
    /// Replaces a record that exists.
    Update(u64),
    /// Removes a record that exists.
    Remove,
    /// Reads it.
    Get,
}

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It happened.
    Done,
    /// The record exists already, or there is none.
    Refused,
    /// What a read found.
    Found(Value),
    /// Nobody knows whether it happened, or will: it counts as called until `Operation::until`.
    Unknown,
}

/// A call, and the time in which it may have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// What was called.
    pub call: Call,
    /// What was answered.
    pub answer: Answer,
    /// When it was called, by a clock that all share.
    pub from: u64,
    /// When it was answered; if it was not, until when it may happen.
    pub until: u64,
}

impl Operation {
    /// What a record with `value` holds after it; `None` if it cannot have been answered so.
    fn after(&self, value: Value) -> Option<Value> {
        let (happens, then) = match self.call {
            Call::Create(new) => (value.is_none(), Some(new)),
            Call::Put(new) => (true, Some(new)),
            Call::Update(new) => (value.is_some(), Some(new)),
            Call::Remove => (value.is_some(), None),
            Call::Get => return (self.answer == Answer::Found(value)).then_some(value),
        };
        match self.answer {
            Answer::Done | Answer::Unknown => happens.then_some(then),
            Answer::Refused => (!happens).then_some(value),
            Answer::Found(_) => None,
        }
    }

    fn is_optional(&self) -> bool {
        self.answer == Answer::Unknown
    }
}

/// Which calls are in their places.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Placed(Vec<u64>);

impl Placed {
    fn has(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }

    fn flip(&mut self, at: usize) {
        self.0[at / 64] ^= 1 << (at % 64);
    }
}

/// Finds an order of the calls on a record that holds `value` at first.
///
/// # Errors
///
/// The last call, in the order of their ends, up to which there is one.
pub fn check(value: Value, mut operations: Vec<Operation>) -> Result<(), Operation> {
    hide_what_nobody_read(&mut operations);
    operations.sort_by_key(|operation| operation.from);
    let mut search = Search {
        placed: Placed(vec![0; operations.len().div_ceil(64)]),
        left: operations.iter().filter(|operation| !operation.is_optional()).count(),
        operations: &operations,
        value,
        first: 0,
        begun: 0,
    };
    let mut seen = HashSet::new();
    let mut steps: Vec<Step> = Vec::new();
    let mut next = 0;
    let mut furthest = None;
    while search.left > 0 {
        match search.next(next) {
            Some((at, then)) => {
                let Search { value: before, first, begun, .. } = search;
                let step = Step { at, before, first, begun };
                search.place(at, then);
                assert!(seen.len() < MAX_STATES, "the history is too long to be checked");
                if seen.insert((search.placed.clone(), search.value)) {
                    steps.push(step);
                    next = 0;
                } else {
                    search.take_back(&step);
                    next = search.order_of(at) + 1;
                }
            }
            None => {
                let stuck = search.stuck();
                if furthest.is_none_or(|operation: Operation| operation.until < stuck.until) {
                    furthest = Some(stuck);
                }
                let Some(step) = steps.pop() else { return Err(furthest.unwrap_or(stuck)) };
                search.take_back(&step);
                next = search.order_of(step.at) + 1;
            }
        }
    }
    Ok(())
}

/// A value that no read has found.
const HIDDEN: u64 = u64::MAX;

/// How much of memory a search may take, in states of some hundred bytes.
const MAX_STATES: usize = 5_000_000;

fn hide_what_nobody_read(operations: &mut [Operation]) {
    let found: HashSet<u64> = operations
        .iter()
        .filter_map(|operation| match operation.answer {
            Answer::Found(value) => value,
            _ => None,
        })
        .collect();
    for operation in operations {
        if let Call::Create(new) | Call::Put(new) | Call::Update(new) = &mut operation.call
            && !found.contains(new)
        {
            *new = HIDDEN;
        }
    }
}

struct Step {
    at: usize,
    before: Value,
    first: usize,
    begun: u64,
}

struct Search<'a> {
    operations: &'a [Operation],
    placed: Placed,
    /// How many calls that were answered are not in their places.
    left: usize,
    value: Value,
    /// All before it are in their places, or can have none.
    first: usize,
    /// The latest beginning of a call that is in its place.
    begun: u64,
}

impl Search<'_> {
    /// The calls that can be next: none that was answered ended before they began.
    fn candidates(&self) -> Vec<usize> {
        let mut horizon = u64::MAX;
        let mut found = Vec::new();
        for (at, operation) in self.operations.iter().enumerate().skip(self.first) {
            if operation.from > horizon {
                break;
            }
            if !self.placed.has(at) {
                found.push(at);
                if !operation.is_optional() {
                    horizon = horizon.min(operation.until);
                }
            }
        }
        found.retain(|at| {
            let operation = &self.operations[*at];
            operation.from <= horizon && !self.is_over(operation)
        });
        // What was answered must be placed, so it is tried first.
        found.sort_by_key(|at| {
            let operation = &self.operations[*at];
            (operation.is_optional(), operation.is_optional().then_some(operation.until), *at)
        });
        let mut optional = HashSet::new();
        found.retain(|at| {
            let operation = &self.operations[*at];
            !operation.is_optional() || optional.insert(operation.call)
        });
        found
    }

    /// Whether it ended without an answer before another one that is in its place began.
    fn is_over(&self, operation: &Operation) -> bool {
        operation.is_optional() && operation.until < self.begun
    }

    /// The first of the candidates, from number `next` on, whose answer is right now.
    fn next(&self, next: usize) -> Option<(usize, Value)> {
        let candidates = self.candidates().into_iter().skip(next);
        let mut possible =
            candidates.filter_map(|at| Some((at, self.operations[at].after(self.value)?)));
        // What need not have happened and changes nothing has not happened.
        possible.find(|(at, then)| !self.operations[*at].is_optional() || *then != self.value)
    }

    fn order_of(&self, at: usize) -> usize {
        self.candidates().iter().position(|candidate| *candidate == at).unwrap_or(0)
    }

    fn place(&mut self, at: usize, then: Value) {
        self.placed.flip(at);
        self.left -= usize::from(!self.operations[at].is_optional());
        self.value = then;
        self.begun = self.begun.max(self.operations[at].from);
        while let Some(operation) = self.operations.get(self.first)
            && (self.placed.has(self.first) || self.is_over(operation))
        {
            self.first += 1;
        }
    }

    fn take_back(&mut self, step: &Step) {
        self.placed.flip(step.at);
        self.left += usize::from(!self.operations[step.at].is_optional());
        (self.value, self.first, self.begun) = (step.before, step.first, step.begun);
    }

    fn stuck(&self) -> Operation {
        let left = self
            .operations
            .iter()
            .enumerate()
            .filter(|(at, operation)| !self.placed.has(*at) && !operation.is_optional());
        let first = left.min_by_key(|(_, operation)| operation.until);
        first.map_or(self.operations[0], |(_, operation)| *operation)
    }
}

/// Calls on each record.
pub type Operations = BTreeMap<String, Vec<Operation>>;

/// Checks the calls on each record for itself: operations on different records cannot hide each other.
///
/// # Errors
///
/// Says which call no order explains, and what was called at the same time.
pub fn check_all(before: &BTreeMap<String, Value>, operations: Operations) -> Result<(), String> {
    for (name, operations) in operations {
        let value = before.get(&name).copied().flatten();
        check(value, operations.clone()).map_err(|stuck| {
            let near: Vec<_> = operations
                .iter()
                .filter(|operation| operation.until >= stuck.from && operation.from <= stuck.until)
                .collect();
            format!("{name} held {value:?}; no order explains {stuck:?} among {near:#?}")
        })?;
    }
    Ok(())
}
