//! The check of histories finds what is wrong, and nothing else.

use super::*;

fn operation(call: Call, answer: Answer, from: u64, until: u64) -> Operation {
    Operation { call, answer, from, until }
}

fn get(value: Value, from: u64, until: u64) -> Operation {
    operation(Call::Get, Answer::Found(value), from, until)
}

fn put(value: u64, from: u64, until: u64) -> Operation {
    operation(Call::Put(value), Answer::Done, from, until)
}

#[test]
fn right_histories_pass() {
    let unknown = |call, from| operation(call, Answer::Unknown, from, u64::MAX);
    for history in [
        vec![],
        vec![put(1, 0, 1), get(Some(1), 2, 3)],
        // While a write is on its way, a read may see it or not, in any order of their ends.
        vec![put(1, 0, 9), get(None, 1, 2), get(Some(1), 3, 4)],
        vec![
            operation(Call::Create(1), Answer::Done, 0, 1),
            operation(Call::Create(2), Answer::Refused, 2, 3),
        ],
        vec![operation(Call::Remove, Answer::Refused, 0, 9), put(1, 1, 2), get(Some(1), 3, 4)],
        vec![operation(Call::Update(1), Answer::Refused, 0, 1)],
        // Of what was not answered, nobody knows when and whether it happens.
        vec![unknown(Call::Put(1), 0), get(None, 1, 2), get(Some(1), 3, 4)],
        vec![unknown(Call::Put(1), 0), get(None, 1, 2), get(None, 3, 4)],
        vec![put(1, 0, 1), unknown(Call::Remove, 2), put(2, 3, 4), get(None, 5, 6)],
        vec![
            unknown(Call::Put(1), 0),
            unknown(Call::Put(2), 0),
            get(Some(2), 1, 2),
            get(Some(1), 3, 4),
        ],
    ] {
        check(None, history.clone()).unwrap_or_else(|stuck| panic!("{history:?}: {stuck:?}"));
    }
}

#[test]
fn wrong_histories_are_found() {
    let unknown = |call, from, until| operation(call, Answer::Unknown, from, until);
    for (what, history) in [
        ("a change was lost", vec![put(1, 0, 1), get(None, 2, 3)]),
        (
            "what was removed came back",
            vec![put(1, 0, 1), operation(Call::Remove, Answer::Done, 2, 3), get(Some(1), 4, 5)],
        ),
        ("a read was stale", vec![put(1, 0, 1), put(2, 2, 3), get(Some(1), 4, 5)]),
        (
            "reads went back",
            vec![put(1, 0, 1), put(2, 2, 9), get(Some(2), 3, 4), get(Some(1), 5, 6)],
        ),
        (
            "two created it",
            vec![
                operation(Call::Create(1), Answer::Done, 0, 5),
                operation(Call::Create(2), Answer::Done, 0, 5),
            ],
        ),
        ("a value from nowhere", vec![put(1, 0, 1), get(Some(7), 2, 3)]),
        (
            "it was refused without a reason",
            vec![put(1, 0, 1), operation(Call::Update(2), Answer::Refused, 2, 3)],
        ),
        (
            "what was not answered happened twice",
            vec![
                unknown(Call::Put(1), 0, 99),
                get(Some(1), 1, 2),
                put(2, 3, 4),
                get(Some(2), 5, 6),
                get(Some(1), 7, 8),
            ],
        ),
        (
            "it happened after it could",
            vec![unknown(Call::Put(1), 0, 3), get(None, 4, 5), get(Some(1), 6, 7)],
        ),
        ("it happened before it was called", vec![get(Some(1), 0, 1), put(1, 2, 3)]),
    ] {
        assert!(check(None, history).is_err(), "not found: {what}");
    }
}

/// All orders, tried one after the other.
fn by_force(value: Value, left: &[Operation]) -> bool {
    if left.iter().all(Operation::is_optional) {
        return true;
    }
    let is_next = |operation: &Operation| {
        left.iter().all(|other| other.is_optional() || other.until >= operation.from)
    };
    left.iter().enumerate().filter(|(_, operation)| is_next(operation)).any(|(at, operation)| {
        let mut rest = left.to_vec();
        rest.remove(at);
        // What may no longer happen once this has.
        rest.retain(|other| !other.is_optional() || other.until >= operation.from);
        operation.after(value).is_some_and(|then| by_force(then, &rest))
    })
}

#[test]
fn it_agrees_with_all_orders() {
    let mut random = 7_u64;
    let mut below = |end: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 11) % end
    };
    let (mut right, mut wrong) = (0, 0);
    for _ in 0..20_000 {
        let history: Vec<Operation> = (0..below(6) + 1)
            .map(|number| {
                let from = below(12);
                let call = match below(5) {
                    0 => Call::Create(number),
                    1 => Call::Put(number),
                    2 => Call::Update(number),
                    3 => Call::Remove,
                    _ => Call::Get,
                };
                let answer = match (call, below(4)) {
                    (Call::Get, 0) => Answer::Found(None),
                    (Call::Get, _) => Answer::Found(Some(below(6))),
                    (_, 0) => Answer::Refused,
                    (_, 1) => Answer::Unknown,
                    _ => Answer::Done,
                };
                operation(call, answer, from, from + below(6))
            })
            .collect();
        let expected = by_force(None, &history);
        assert_eq!(check(None, history.clone()).is_ok(), expected, "{history:?}");
        if expected { right += 1 } else { wrong += 1 }
    }
    assert!(right > 2_000 && wrong > 2_000, "{right} {wrong}");
}
