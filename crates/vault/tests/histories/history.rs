//! Whether a history of calls on one record is linearizable: whether there is an order of the calls in
//! which each answer is right, and in which a call that ended before another one began comes first.
//!
//! The search of Wing and Gong with the memory of Lowe, for the few calls that a record has. The tester
//! of the crate `stateright` has no memory, and its time doubles with every few calls that overlap. Tests
//! of the server include this file as well.

use std::collections::{BTreeMap, HashSet};

/// What a record holds: `None` if there is none. Every write has a number of its own.
pub(crate) type Value = Option<u64>;

/// A call of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Create(u64),
    Put(u64),
    /// Replaces a record that exists.
    Update(u64),
    Remove,
    Get,
}

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Done,
    /// The record exists already, or there is none.
    Refused,
    Found(Value),
    /// Nobody knows whether it happened, or will: it counts as called until `Operation::until`.
    Unknown,
}

/// A call, and the time in which it may have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) call: Call,
    pub(crate) answer: Answer,
    pub(crate) from: u64,
    pub(crate) until: u64,
}

impl Operation {
    /// What a record with `value` holds after it; `None` if it cannot have been answered so.
    pub(crate) fn after(&self, value: Value) -> Option<Value> {
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

    pub(crate) fn is_optional(&self) -> bool {
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

/// Finds an order of the calls on a record that holds `value` at first. The error is the last call, in
/// the order of their ends, up to which there is one.
pub(crate) fn check(value: Value, mut operations: Vec<Operation>) -> Result<(), Operation> {
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
        found.sort_by_key(|at| (self.operations[*at].is_optional(), *at));
        found
    }

    /// Whether it ended without an answer before another one that is in its place began.
    fn is_over(&self, operation: &Operation) -> bool {
        operation.is_optional() && operation.until < self.begun
    }

    /// The first of the candidates, from number `next` on, whose answer is right now.
    fn next(&self, next: usize) -> Option<(usize, Value)> {
        let candidates = self.candidates().into_iter().skip(next);
        candidates.filter_map(|at| Some((at, self.operations[at].after(self.value)?))).next()
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

/// Checks the calls on each record for itself: operations on different records cannot hide each other.
pub(crate) fn check_all(
    before: &BTreeMap<String, Value>,
    operations: BTreeMap<String, Vec<Operation>>,
) -> Result<(), String> {
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
