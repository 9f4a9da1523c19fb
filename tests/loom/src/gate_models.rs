//! Models of the gate: each offered value is taken once or given back once, and the last one can always be taken.

use loom::sync::Arc;
use loom::thread;

use crate::gate::Gate;

/// Checks what became of the values 1 to `offered`.
fn each_went_one_way(mut gone: Vec<u32>, offered: u32) {
    gone.sort_unstable();
    assert_eq!(gone, (1..=offered).collect::<Vec<_>>(), "each value is taken once or given back once");
}

#[test]
fn one_offers_and_two_take() {
    loom::model(|| {
        let gate = Arc::new(Gate::default());
        let takers = [(); 2].map(|()| {
            let gate = gate.clone();
            thread::spawn(move || gate.take())
        });
        let mut gone: Vec<u32> = [gate.offer(1), gate.offer(2)].into_iter().flatten().collect();
        let taken: Vec<u32> = takers.into_iter().filter_map(|taker| taker.join().unwrap()).collect();
        // What the takers came too early for still waits.
        let last = gate.take();
        assert!(last == Some(2) || (last.is_none() && taken.contains(&2)), "{last:?} after {taken:?}");
        gone.extend(taken);
        gone.extend(last);
        each_went_one_way(gone, 2);
        assert_eq!(gate.take(), None);
    });
}

#[test]
fn two_offer_and_one_takes() {
    loom::model(|| {
        let gate = Arc::new(Gate::default());
        let offers = [1, 2].map(|value| {
            let gate = gate.clone();
            thread::spawn(move || gate.offer(value))
        });
        let mut gone: Vec<u32> = gate.take().into_iter().collect();
        gone.extend(offers.into_iter().filter_map(|offer| offer.join().unwrap()));
        gone.extend(gate.take());
        each_went_one_way(gone, 2);
    });
}

#[test]
fn what_was_offered_before_is_taken() {
    loom::model(|| {
        let gate = Arc::new(Gate::default());
        assert_eq!(gate.offer(1), None);
        let taker = {
            let gate = gate.clone();
            thread::spawn(move || gate.take())
        };
        assert_eq!(taker.join().unwrap(), Some(1), "the spawning happened after the offer");
        assert_eq!(gate.take(), None);
    });
}

#[test]
fn what_is_put_back_never_takes_the_place_of_a_newer_one() {
    loom::model(|| {
        let gate = Arc::new(Gate::default());
        gate.offer(1);
        let taker = {
            let gate = gate.clone();
            thread::spawn(move || {
                if let Some(value) = gate.take() {
                    gate.put_back(value);
                }
            })
        };
        gate.offer(2);
        taker.join().unwrap();
        assert!(gate.is_waiting());
        assert_eq!(gate.take(), Some(2));
    });
}
