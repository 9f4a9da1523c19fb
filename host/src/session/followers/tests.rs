//! Edits that end, and edits that take the place of others.

use super::*;
use crate::events::Stage;

/// Followers, and what one of them hears.
struct Scene {
    followers: Followers,
    following: Following,
}

fn scene(is_reload: bool) -> Scene {
    let (follower, following) = follow();
    let mut followers = Followers::default();
    followers.add(Some(follower), is_reload);
    Scene { followers, following }
}

impl Scene {
    fn settle(&mut self, edit: u64, state: EditState) {
        self.followers.settle(Some(&UnderWay { edit, state }));
    }

    fn ended(&mut self) {
        self.followers.settle(None);
    }

    /// The ending, where it was told.
    fn ending(&self) -> Option<Ending> {
        self.following.steps.try_iter().find_map(|step| match step {
            Step::Ended(ending) => Some(*ending),
            Step::At(_) => None,
        })
    }

    fn states(&self) -> Vec<EditState> {
        let steps = self.following.steps.try_iter();
        steps.filter_map(|step| if let Step::At(state) = step { Some(state) } else { None }).collect()
    }

    fn came(&self, number: u64, content_of: Option<u64>) {
        self.followers.came(&generation(number, content_of));
    }
}

fn generation(number: u64, content_of: Option<u64>) -> Generation {
    Generation {
        number,
        tier: crate::events::Tier::Swap,
        content_of,
        since: std::time::SystemTime::now(),
        took: Default::default(),
        functions: Vec::new(),
        reason: String::new(),
        size: 0,
        standing: crate::session::Standing::InForce,
        fault: None,
        is_allowed_again: false,
        calls_in_flight: 0,
        threads: Vec::new(),
        audit: None,
    }
}

fn waiting(generation: u64) -> EditState {
    EditState::Waiting { generation, reason: None }
}

fn refused() -> EventKind {
    EventKind::Refused { generation: 1, stage: Stage::Verify, reason: "no".into(), total_ms: Default::default() }
}

fn skipped() -> EventKind {
    EventKind::Skipped { reason: "same contents".into(), files: Vec::new() }
}

fn edit() -> Successor {
    Successor::Edit { files: vec!["src/lib.rs".into()] }
}

#[test]
fn an_edit_is_told_from_its_build_to_its_coming() {
    let mut scene = scene(true);
    scene.followers.begins(Successor::Reload);
    scene.settle(1, EditState::BEGUN);
    let progress = Progress { crate_name: "game".into(), done: 1, total: 2, elapsed: Default::default() };
    scene.followers.note(&EventKind::Building(progress.clone()));
    scene.settle(1, EditState::BEGUN);
    // A message that has nothing to do with it.
    scene.settle(1, EditState::BEGUN);
    scene.settle(1, waiting(5));
    scene.settle(1, waiting(5));
    assert_eq!(scene.states(), [EditState::BEGUN, EditState::building(&progress), waiting(5)]);
    scene.came(5, None);
    scene.ended();
    let ending = scene.ending().unwrap();
    assert!(matches!(ending.outcome, EditOutcome::Applied { generation: 5, .. }) && ending.superseded_by.is_none());
    assert!(scene.followers.list.is_empty());
}

#[test]
fn the_edit_that_takes_over_is_followed_and_named() {
    let mut scene = scene(true);
    scene.settle(1, EditState::BEGUN);
    scene.followers.begins(edit());
    scene.settle(2, EditState::BEGUN);
    scene.followers.note(&refused());
    scene.ended();
    let ending = scene.ending().unwrap();
    assert!(matches!(ending.outcome, EditOutcome::Refused { .. }));
    assert_eq!(ending.superseded_by, Some(edit()));
}

#[test]
fn a_save_that_changes_nothing_takes_nothings_place() {
    let mut scene = scene(false);
    scene.settle(1, waiting(5));
    scene.followers.begins(edit());
    scene.followers.note(&skipped());
    scene.settle(1, waiting(5));
    assert!(scene.ending().is_none());
    scene.came(5, Some(2));
    scene.ended();
    let outcome = EditOutcome::RolledBack { generation: 5, content_of: 2 };
    assert_eq!(scene.ending(), Some(Ending { outcome, superseded_by: None }));
}

#[test]
fn one_that_comes_when_the_next_is_built_has_come() {
    let mut scene = scene(false);
    scene.settle(1, waiting(5));
    scene.followers.begins(edit());
    scene.settle(2, EditState::BEGUN);
    scene.came(5, Some(2));
    scene.settle(2, EditState::BEGUN);
    assert!(matches!(scene.ending().unwrap().outcome, EditOutcome::RolledBack { generation: 5, .. }));
}

#[test]
fn another_reload_is_as_good_and_a_rollback_is_not() {
    for (is_reload, by, is_told) in [(true, Successor::Reload, false), (false, Successor::Reload, true)] {
        let mut scene = scene(is_reload);
        scene.settle(1, EditState::BEGUN);
        scene.followers.begins(by.clone());
        scene.settle(2, waiting(3));
        scene.came(3, None);
        scene.ended();
        assert_eq!(scene.ending().unwrap().superseded_by, is_told.then_some(by));
    }
}

#[test]
fn a_build_that_a_pause_cancels_is_held() {
    let mut scene = scene(true);
    scene.settle(1, EditState::BEGUN);
    scene.followers.begins(edit());
    scene.ended();
    assert_eq!(scene.ending(), Some(Ending { outcome: EditOutcome::Held, superseded_by: Some(edit()) }));
}

#[test]
fn an_edit_that_is_put_off_for_a_fault_goes_on() {
    let mut scene = scene(true);
    scene.settle(1, EditState::BEGUN);
    scene.followers.begins(Successor::Rollback { to: 1, reason: "a panic".into() });
    scene.followers.put_off();
    scene.came(3, Some(1));
    // Taken up again.
    scene.settle(3, EditState::BEGUN);
    assert!(scene.ending().is_none());
    scene.settle(3, waiting(4));
    scene.came(4, None);
    scene.ended();
    let ending = scene.ending().unwrap();
    assert!(matches!(ending.outcome, EditOutcome::Applied { generation: 4, .. }) && ending.superseded_by.is_none());
}

#[test]
fn who_has_left_is_forgotten() {
    let Scene { mut followers, following } = scene(true);
    followers.settle(Some(&UnderWay { edit: 1, state: waiting(2) }));
    drop(following);
    followers.settle(Some(&UnderWay { edit: 1, state: waiting(2) }));
    assert!(followers.list.is_empty());
}
