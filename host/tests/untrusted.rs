//! Bytes of any origin against what reads artifacts before they are loaded: a refusal or an identity, never a panic and
//! never a hang.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use liveswap::handshake::{self, Identity, Unreadable};
use liveswap::probe::OFFSETS;
use liveswap_host::open::ArtifactError;
use liveswap_host::open::artifact::{identity_in, read_identity};
use object::read::ReadCache;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestRunner};

const CASES: u32 = 3000;

/// For all cases of a property together, which take seconds.
const DEADLINE: Duration = Duration::from_secs(120);

/// Checks a property in a thread of its own: a case that hangs is told like one that panics.
fn check<S>(cases: u32, strategy: S, property: impl Fn(S::Value) -> TestCaseResult + Send + 'static)
where
    S: Strategy + Send + 'static,
{
    let (done, is_done) = channel();
    let thread = std::thread::spawn(move || {
        let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
        let result = TestRunner::new(config).run(&strategy, property);
        // The test waits, or has given up.
        let _ = done.send(());
        result.map_err(|error| error.to_string())
    });
    match is_done.recv_timeout(DEADLINE) {
        Err(RecvTimeoutError::Timeout) => panic!("a case hangs"),
        // The property's own end, or its panic.
        Ok(()) | Err(RecvTimeoutError::Disconnected) => {}
    }
    thread.join().expect("the runner reports panics of cases").unwrap_or_else(|error| panic!("{error}"));
}

/// The bytes of a handshake that this host would take.
fn good_handshake() -> Vec<u8> {
    let text = |text: &str, length: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(length, 0);
        bytes
    };
    let numbers = [handshake::BOUNDARY_VERSION.to_ne_bytes(), 1u32.to_ne_bytes()].concat();
    let texts = [text("1.2.3 abc", 96), text("a-target", 64), text("dev", 64), text("unwind", 16)];
    [&handshake::MAGIC[..], &numbers, &texts.concat(), &OFFSETS].concat()
}

fn good_identity() -> Identity {
    Identity {
        rustc: "1.2.3 abc".into(),
        target: "a-target".into(),
        profile: "dev".into(),
        panic: "unwind".into(),
        debug_assertions: true,
        offsets: OFFSETS,
    }
}

/// A real library with nothing but a handshake in it, so that a random change is likely to hit what is read.
static LIBRARY: LazyLock<Arc<[u8]>> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a directory");
    let (source, library) = (directory.path().join("logic.rs"), directory.path().join("library"));
    let bytes = good_handshake();
    let text = format!(
        "#[unsafe(export_name = \"{}logic\")] pub static ROOT: [u8; {}] = {bytes:?};",
        handshake::ROOT_SYMBOL_PREFIX,
        bytes.len()
    );
    std::fs::write(&source, text).expect("the source is written");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built = Command::new(rustc)
        .args(["--edition=2024", "--crate-type=cdylib", "--crate-name=logic", "-Cstrip=symbols", "-Cpanic=abort"])
        .arg("-o")
        .args([&library, &source])
        .output()
        .expect("rustc runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    std::fs::read(&library).expect("the library is read").into()
});

/// What the bytes are taken for, by each way in which they are read; both ways agree.
fn read(bytes: &[u8]) -> Result<Identity, ArtifactError> {
    let (path, length) = (Path::new("/x/liblogic.so"), bytes.len() as u64);
    let whole = identity_in(bytes, length, path, "logic");
    let in_parts = identity_in(&ReadCache::new(Cursor::new(bytes)), length, path, "logic");
    assert_eq!(whole.is_ok(), in_parts.is_ok(), "{whole:?} is not {in_parts:?}");
    whole
}

/// A refusal names the file, in few words; an identity is of texts that fit.
fn assert_told(found: &Result<Identity, ArtifactError>) -> TestCaseResult {
    match found {
        Ok(identity) => prop_assert!(identity.rustc.chars().count() <= 96 && identity.panic.chars().count() <= 16),
        Err(error) => {
            let error = error.to_string();
            prop_assert!(error.starts_with("/x/liblogic.so") && error.len() < 600, "{}", error);
        }
    }
    Ok(())
}

#[derive(Debug, Clone)]
enum Change {
    Flip(prop::sample::Index, u8),
    Truncate(prop::sample::Index),
    InsertZeros(prop::sample::Index, usize),
    Number(prop::sample::Index, u64),
}

/// Places, half of them in the headers at the file's start.
fn place() -> impl Strategy<Value = (bool, prop::sample::Index)> {
    any::<(bool, prop::sample::Index)>()
}

fn changes() -> impl Strategy<Value = Vec<(bool, Change)>> {
    let number = prop_oneof![Just(0), Just(1), Just(u64::MAX), Just(1 << 63), Just(u64::from(u32::MAX)), any::<u64>()];
    let change = prop_oneof![
        8 => (place(), 1u8..).prop_map(|((head, at), mask)| (head, Change::Flip(at, mask))),
        1 => place().prop_map(|(head, at)| (head, Change::Truncate(at))),
        1 => (place(), 1usize..5000).prop_map(|((head, at), count)| (head, Change::InsertZeros(at, count))),
        4 => (place(), number).prop_map(|((head, at), number)| (head, Change::Number(at, number))),
    ];
    vec(change, 1..6)
}

fn changed(changes: &[(bool, Change)]) -> Vec<u8> {
    let mut bytes = LIBRARY.to_vec();
    for (in_head, change) in changes {
        // An empty file has no places.
        let length = if *in_head { bytes.len().min(1024) } else { bytes.len() };
        if length == 0 {
            break;
        }
        match change {
            Change::Flip(at, mask) => bytes[at.index(length)] ^= mask,
            Change::Truncate(at) => bytes.truncate(at.index(length)),
            Change::InsertZeros(at, count) => {
                let at = at.index(length);
                bytes.splice(at..at, std::iter::repeat_n(0, *count));
            }
            Change::Number(at, number) => {
                // Fields are aligned.
                let at = at.index(length) / 8 * 8;
                let end = (at + 8).min(bytes.len());
                bytes[at..end].copy_from_slice(&number.to_le_bytes()[..end - at]);
            }
        }
    }
    bytes
}

#[test]
fn the_unchanged_library_is_read() {
    assert_eq!(read(&LIBRARY).expect("an identity"), good_identity());
    let directory = tempfile::tempdir().unwrap();
    let path: PathBuf = directory.path().join("liblogic.so");
    std::fs::write(&path, &LIBRARY[..]).unwrap();
    assert_eq!(read_identity(&path, "logic").expect("an identity"), good_identity());
}

#[test]
fn a_changed_library_is_refused_or_read() {
    static READ: AtomicUsize = AtomicUsize::new(0);
    check(CASES, changes(), |changes| {
        let found = read(&changed(&changes));
        READ.fetch_add(usize::from(found.is_ok()), Ordering::Relaxed);
        assert_told(&found)
    });
    // Both ways were gone: some changes hit what is read, others don't.
    let read = READ.load(Ordering::Relaxed);
    println!("{} bytes, {CASES} cases, {read} still read", LIBRARY.len());
    assert!((CASES as usize / 100..CASES as usize * 99 / 100).contains(&read), "{read} of {CASES}");
}

#[test]
fn any_bytes_are_refused() {
    let headers = prop_oneof![
        Just(vec![]),
        Just(b"\x7fELF\x02\x01\x01".to_vec()),
        Just(b"\x7fELF\x01\x02\x01".to_vec()),
        Just(b"MZ".to_vec()),
        Just(b"\xcf\xfa\xed\xfe".to_vec()),
        Just(b"\xca\xfe\xba\xbe".to_vec()),
        Just(b"!<arch>\n".to_vec()),
    ];
    check(CASES, (headers, vec(any::<u8>(), 0..4096)), |(header, rest)| {
        let found = read(&[header, rest].concat());
        prop_assert!(found.is_err(), "{:?}", found);
        assert_told(&found)
    });
}

#[test]
fn any_bytes_are_no_handshake_or_one_of_this_boundary() {
    check(CASES, vec(any::<u8>(), 0..2 * handshake::SIZE), |bytes| {
        let found = handshake::read(&bytes);
        prop_assert_eq!(found.is_err(), !bytes.starts_with(&handshake::MAGIC) || bytes.len() < handshake::SIZE);
        Ok(())
    });
    let magic_and = |rest| (Just(handshake::MAGIC), any::<bool>(), rest);
    check(CASES, magic_and(vec(any::<u8>(), 0..2 * handshake::SIZE)), |(magic, is_ours, rest)| {
        let mut bytes = [&magic[..], &rest].concat();
        if is_ours && bytes.len() >= 20 {
            bytes[16..20].copy_from_slice(&handshake::BOUNDARY_VERSION.to_ne_bytes());
        }
        match handshake::read(&bytes) {
            Ok(identity) => {
                prop_assert!(bytes.len() >= handshake::SIZE);
                prop_assert!(identity.rustc.chars().count() <= 96 && identity.profile.chars().count() <= 64);
            }
            Err(Unreadable::Short { found }) => prop_assert!(found < handshake::SIZE && found == bytes.len()),
            Err(Unreadable::Boundary { found }) => prop_assert_ne!(found, handshake::BOUNDARY_VERSION),
            Err(Unreadable::Magic) => prop_assert!(false, "the magic is there"),
        }
        Ok(())
    });
}
