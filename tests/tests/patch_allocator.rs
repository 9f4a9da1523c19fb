//! A library with an allocator of its own (`hot_lib!(allocator = own)`): patched code allocates and frees with it, too.
//! Hosts with allocators of their own are in `typed_allocator.rs` and `typed_mimalloc.rs`.

#![cfg(target_os = "linux")]

use liveswap_tests::Project;

const LIB: &str = "src/lib.rs";

const LIBRARY: &str = r#"//! A library with an allocator of its own.

mod own;

use liveswap::{App, Flow, HotState, HotType, Tick};

#[derive(HotType, HotState)]
pub struct Program {
    texts: Vec<String>,
}

impl App for Program {
    const RATE: f64 = 50.0;

    fn init() -> Self {
        Program { texts: Vec::new() }
    }

    fn tick(&mut self, _: Tick) -> Flow {
        self.texts = make(std::mem::take(&mut self.texts));
        let said = say(&self.texts);
        spend(&mut self.texts);
        let blocks = [said.as_ptr(), self.texts.as_ptr().cast()];
        let all = blocks.into_iter().chain(self.texts.iter().map(|text| text.as_ptr())).all(own::owns);
        println!("{said} own {all}");
        Flow::Continue
    }
}

/// Frees what the tick before has left, and allocates.
fn make(old: Vec<String>) -> Vec<String> {
    drop(old);
    (0..40).map(|number| format!("make {number} 1")).collect()
}

fn say(texts: &[String]) -> String {
    format!("say 1 {}", texts.last().unwrap())
}

/// Frees some of what `make` has allocated.
fn spend(texts: &mut Vec<String>) {
    texts.truncate(10);
    texts.push("spend 1".to_owned());
}

liveswap::hot_lib!(app = Program, allocator = own);
"#;

#[test]
fn patched_code_uses_the_librarys_own_allocator() {
    uses_own(include_str!("support/marking.rs"), "");
}

#[test]
fn patched_code_uses_the_librarys_mimalloc() {
    let sys = "libmimalloc-sys = { version = \"0.1\", features = [\"extended\"] }";
    uses_own(include_str!("support/mimalloc.rs"), &format!("mimalloc = \"0.1\"\n{sys}\n"));
}

/// `own` is the module with the allocator.
fn uses_own(own: &str, dependencies: &str) {
    let project = Project::new("counter");
    project.edit("Cargo.toml", "[workspace]", &format!("{dependencies}\n[workspace]"));
    project.write(LIB, LIBRARY);
    project.write("src/own.rs", own);
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("say 1 make 39 1 own true");
    for version in 1..=2 {
        let next = version + 1;
        let edits = [
            (format!("make {{number}} {version}"), format!("make {{number}} {next}")),
            (format!("say {version}"), format!("say {next}")),
            (format!("spend {version}"), format!("spend {next}")),
        ];
        for (from, to) in edits {
            project.edit(LIB, &from, &to);
            let event = run.event("applied");
            assert_eq!(event["tier"], "patch", "{event}");
            run.line("own true");
        }
        run.line(&format!("say {next} make 39 {next} own true"));
    }
    run.stop();
}
