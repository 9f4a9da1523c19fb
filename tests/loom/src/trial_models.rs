//! Models of the trial.

use loom::sync::Arc;
use loom::thread;

use crate::trial::Trial;

#[test]
fn each_call_counts_once() {
    loom::model(|| {
        let trial = Arc::new(Trial::none());
        trial.begin(1, 3, 1000);
        let callers = [(); 2].map(|()| {
            let trial = trial.clone();
            thread::spawn(move || trial.passed(1, 5))
        });
        for caller in callers {
            caller.join().unwrap();
        }
        assert!(trial.is_on(), "a call was counted twice");
        trial.passed(1, 5);
        assert!(!trial.is_on(), "a call was not counted");
    });
}

#[test]
fn a_late_call_of_an_old_generation_does_not_end_the_trial_of_a_new_one() {
    loom::model(|| {
        let trial = Arc::new(Trial::none());
        trial.begin(1, 2, 10);
        trial.passed(1, 5);
        let late = {
            let trial = trial.clone();
            // After the end of its time.
            thread::spawn(move || trial.passed(1, 500))
        };
        trial.begin(2, 1, 10);
        late.join().unwrap();
        assert!(trial.is_on());
        trial.passed(2, 501);
        assert!(!trial.is_on());
    });
}
