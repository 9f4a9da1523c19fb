//! Kept state of a typed host: it moves to a new layout at the safe point, with everybody who looks into it.
//!
//! The tests share one process and so the libraries' tables; a lock lets one run at a time.

#![cfg(unix)]

use std::sync::{Arc, Mutex, MutexGuard, RwLock};

use liveswap::Kept;
use liveswap_host::EventKind;
use liveswap_tests::{Project, TypedRun};
use typed_shared::World;

const SHARED: &str = "shared/src/lib.rs";

fn one_at_a_time() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A host of `typed-logic`, and of `typed-other` too, running the first generations of a copy.
fn host(project: &Project, both: bool) -> TypedRun {
    let mut run = TypedRun::start(|host| {
        let host = host.library_at(&typed_logic::HOT, project.path("logic"));
        if both { host.library_at(&typed_other::HOT, project.path("other")) } else { host }
    });
    for _ in 0..1 + usize::from(both) {
        run.wait("a start", true, |event| matches!(event.kind, EventKind::Started { .. }).then_some(()));
    }
    run
}

/// The people get an age, and the world's becomes a larger number.
fn grown(project: &Project) {
    let text = project.read(SHARED);
    let text =
        text.replace("pub age: u32,", "pub age: u64,\n    /// New.\n    #[hot(default = 7)]\n    pub moons: u8,");
    let text =
        text.replace("pub name: String,", "/// New.\n    pub years: u16,\n    /// As before.\n    pub name: String,");
    let text = text
        .replace("Person { name:", "Person { years: 40, name:")
        .replace("World { age: 0,", "World { age: 0, moons: 1,");
    let text = text.replace(
        "\"age {}, {}\", world.age,",
        "\"age {}, moons {}, years {}, {}\", world.age, world.moons, world.people[1].years,",
    );
    project.write(SHARED, &text);
}

/// Waits for an applied edit; gives the library and what moved.
fn applied(run: &mut TypedRun, tick: impl FnMut(&TypedRun)) -> (String, Vec<String>) {
    run.wait_with("an applied edit", tick, |event| match &event.kind {
        EventKind::Applied { moved, .. } => Some((event.library.clone(), moved.clone())),
        _ => None,
    })
}

#[test]
fn a_state_that_two_libraries_share_moves_once_for_both() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = host(&project, true);
    let mut world = Kept::new("world", typed_shared::world()).unwrap();
    assert_eq!(typed_logic::grow(&mut world), "age 1, Ada and Grace");
    assert_eq!(typed_other::look(&world), "other sees age 1, Ada and Grace");

    grown(&project);
    // Without the state in hand nothing comes into force, and it is told what is missing.
    run.wait("the reminder", true, |event| match &event.kind {
        EventKind::Warning { message } if message.contains("call `host.tick_with(&mut …)` with it") => Some(()),
        _ => None,
    });
    assert_eq!(typed_logic::grow(&mut world), "age 2, Ada and Grace");
    assert_eq!(world.age, 2);

    let mut came = Vec::new();
    for _ in 0..2 {
        let (library, moved) = applied(&mut run, |run| _ = run.host.tick_with(&mut world));
        came.push(library);
        assert_eq!(
            moved,
            [
                "World: field `age`: `u32` -> `u64`",
                "World: field `moons: u8` added",
                "World.people > Person: field `years: u16` added",
            ]
        );
    }
    came.sort();
    assert_eq!(came, ["typed-logic", "typed-other"]);
    assert_eq!(typed_logic::grow(&mut world), "age 3, moons 7, years 0, Ada and Grace");
    assert_eq!(typed_other::look(&world), "other sees age 3, moons 7, years 0, Ada and Grace");

    // The host's own code knows the old layout: it passes the state on, and reads nothing wrong.
    let error = world.view().map(|world| world.age).unwrap_err();
    assert!(error.to_string().contains("\"world\" has another layout of `typed_shared::World`"), "{error}");
    let payload = std::panic::catch_unwind(|| world.age).unwrap_err();
    let message = payload.downcast_ref::<String>().expect("a text");
    assert!(message.contains("read it in a `#[hot]` function"), "{message}");

    // One that the host makes from here on has the layout that the host knows; the next safe point brings it up to date.
    let mut late = Kept::new("late", typed_shared::world()).unwrap();
    run.host.tick_with((&mut world, &mut late));
    assert_eq!(typed_logic::grow(&mut late), "age 1, moons 7, years 0, Ada and Grace");
}

#[test]
fn a_value_that_does_not_fit_leaves_everything_as_it_was() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = host(&project, false);
    // In a lock, as a server has it.
    let world = Arc::new(RwLock::new(typed_logic::make("made by the library".into())));
    world.write().unwrap().age = 300;
    let original = project.read(SHARED);
    project.write(SHARED, &original.replace("pub age: u32,", "pub age: u8,"));
    let reason = run.wait_with(
        "the refusal",
        |run| _ = run.host.tick_with(&world),
        |event| match &event.kind {
            EventKind::Refused { stage, reason, .. } => Some(format!("{}: {reason}", stage.name())),
            _ => None,
        },
    );
    assert!(reason.starts_with("migrate: World.age: 300 does not fit `u8`\n"), "{reason}");
    assert_eq!(typed_logic::grow(&mut world.write().unwrap()), "age 301, Ada and Grace");
    assert_eq!(run.host.generation(&typed_logic::HOT), 1);

    // The same edit is right for another value, when it is saved again; and undoing it needs no build.
    project.write(SHARED, &original);
    run.wait("the undo", true, |event| matches!(event.kind, EventKind::Skipped { .. }).then_some(()));
    world.write().unwrap().age = 200;
    project.write(SHARED, &original.replace("pub age: u32,", "pub age: u8,"));
    let (_, moved) = applied(&mut run, |run| _ = run.host.tick_with(&world));
    assert_eq!(moved, ["World: field `age`: `u32` -> `u8`"]);
    assert_eq!(typed_logic::grow(&mut world.write().unwrap()), "age 201, Ada and Grace");

    // The way back is like the way there.
    project.write(SHARED, &original);
    let (_, moved) = applied(&mut run, |run| _ = run.host.tick_with(&world));
    assert_eq!(moved, ["World: field `age`: `u8` -> `u32`"]);
    assert_eq!(world.read().unwrap().age, 201);
    assert_eq!(typed_logic::grow(&mut world.write().unwrap()), "age 202, Ada and Grace");
}

#[test]
fn what_has_no_way_to_the_new_layout_is_refused_before_the_safe_point() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = host(&project, false);
    let mut world: Kept<World> = Kept::new("world", typed_shared::world()).unwrap();
    let text = project
        .read(SHARED)
        .replace("pub name: String,", "pub name: String,\n    /// New.\n    pub born: std::time::Instant,");
    let text = text.replace("name: name.to_owned() }", "name: name.to_owned(), born: std::time::Instant::now() }");
    project.write(SHARED, &text);
    let reason = run.refused();
    let says = "World.people > Person: field `born: Instant` added, and its type has no `Default`; write `#[hot(default = …)]` before it";
    assert!(reason.contains(says), "{reason}");
    assert!(reason.contains("(in the `Kept` \"world\")"), "{reason}");
    assert_eq!(typed_logic::grow(&mut world), "age 1, Ada and Grace");

    project.edit(SHARED, "    /// New.\n", "    /// New.\n    #[hot(default = std::time::Instant::now())]\n");
    applied(&mut run, |run| _ = run.host.tick_with(&mut world));
    assert_eq!(typed_logic::grow(&mut world), "age 2, Ada and Grace");
}

#[test]
fn a_host_that_swaps_at_once_moves_the_state_that_it_keeps() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = TypedRun::start(|host| {
        let host = host.library_at(&typed_logic::HOT, project.path("logic"));
        host.library_at(&typed_other::HOT, project.path("other")).swap_at_once()
    });
    for _ in 0..2 {
        run.wait("a start", false, |event| matches!(event.kind, EventKind::Started { .. }).then_some(()));
    }
    let world = Arc::new(RwLock::new(Kept::new("world", typed_shared::world()).unwrap()));
    run.host.keep(&world);
    grown(&project);
    for _ in 0..2 {
        let (_, moved) = applied(&mut run, |_| ());
        assert_eq!(moved.len(), 3, "{moved:?}");
    }
    assert_eq!(typed_logic::grow(&mut world.write().unwrap()), "age 1, moons 7, years 0, Ada and Grace");
    assert_eq!(typed_other::look(&world.read().unwrap()), "other sees age 1, moons 7, years 0, Ada and Grace");
}
