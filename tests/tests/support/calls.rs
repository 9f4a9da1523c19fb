//! Variants of the fixture `typed-calls`, built once, and their way into this process through the host's own stages.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use liveswap_host::open::services::SameCrates;
use liveswap_host::open::{Image, artifact};
use liveswap_host::stage::StagingArea;
use liveswap_host::verify::{self, drift};
use serde_json::Value;

const CRATE: &str = "typed_calls";

/// Builds variants 1 and 2.
pub fn build() -> [PathBuf; 2] {
    let directory = target_directory().join("liveswap-tests/typed-calls");
    fs::create_dir_all(&directory).expect("a directory for the variants");
    // Both variants come out of one target directory, so two test processes must not build at a time.
    let lock = File::create(directory.join("lock")).expect("the lock of the variants");
    lock.lock().expect("the lock of the variants");
    ["1", "2"].map(|variant| {
        let built = build_one(&directory.join("target"), variant);
        let kept = directory.join(format!("variant-{variant}-{}.so", std::process::id()));
        fs::copy(built, &kept).expect("a copy of the variant");
        kept
    })
}

fn build_one(target: &Path, variant: &str) -> PathBuf {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--package", "typed-calls", "--lib", "--message-format", "json", "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("LIVESWAP_HOT_CRATE", CRATE)
        .env("TYPED_CALLS_VARIANT", variant)
        // Hundreds of copies are made and loaded.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .stdin(Stdio::null())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "variant {variant}:\n{}", String::from_utf8_lossy(&output.stderr));
    let stdout = String::from_utf8_lossy(&output.stdout);
    let messages = stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut files = messages.filter(|message| message["target"]["name"] == CRATE).flat_map(|message| {
        let files = message["filenames"].as_array().cloned().unwrap_or_default();
        files.into_iter().filter_map(|file| file.as_str().map(PathBuf::from)).collect::<Vec<_>>()
    });
    let is_library = |file: &PathBuf| file.extension().is_some_and(|end| end == std::env::consts::DLL_EXTENSION);
    files.rfind(is_library).expect("cargo names the library that it built")
}

/// The target directory that this test was built in.
fn target_directory() -> PathBuf {
    let program = std::env::current_exe().expect("this program's path");
    program.ancestors().nth(3).expect("this program is in `target/PROFILE/deps`").to_owned()
}

/// Takes variants through the stages of a swap.
pub struct Loader {
    staging: StagingArea,
    generation: u64,
    /// The messages of the panics that the images told.
    pub panics: Arc<Mutex<Vec<String>>>,
}

impl Loader {
    pub fn new() -> Self {
        Self { staging: StagingArea::new(None, Vec::new()), generation: 0, panics: Arc::default() }
    }

    /// Stage, open, verify, publish.
    pub fn publish(&mut self, variant: &Path) {
        self.generation += 1;
        let staged = self.staging.stage(variant, self.generation).expect("a staged copy");
        let identity = artifact::read_identity(&staged, CRATE).expect("a handshake");
        verify::handshake::check(&verify::handshake::expected("dev"), &identity).expect("the same build");
        let panics = self.panics.clone();
        let on_panic = Arc::new(move |report: &mut liveswap::PanicReport| {
            panics.lock().expect("no panic in a receiver").push(report.message.to_string());
        });
        // SAFETY: the handshake was read from this file and is the one that is expected.
        let image = unsafe { Image::open(&staged, CRATE, on_panic, SameCrates::default()) }.expect("an image");
        let (host, library) =
            (verify::entries::views(typed_calls::HOT.entries()), verify::entries::views(image.entries()));
        // The variants' profile has other ids than this program's, and the same layouts.
        let side = |build| drift::Side::new(build, drift::Packages::default());
        let (here, there) = (side(typed_calls::HOT.build()), side(image.build()));
        let drift = drift::find(&here, &there, drift::Against::Host(drift::Program::Beside));
        let code = verify::entries::match_entries(&host, &library, drift.identities()).expect("the same entries");
        // SAFETY: `match_entries` has compared signatures and layouts, and images stay loaded.
        unsafe { typed_calls::HOT.publish(&code) };
        // It is mapped, so it is there without a name as well; a thousand copies take room on the disk.
        fs::remove_file(staged).expect("the staged copy");
    }
}

/// Variants are copied for this process; they go with it.
pub fn remove(variants: &[PathBuf]) {
    for variant in variants {
        fs::remove_file(variant).expect("a variant's copy");
    }
}
