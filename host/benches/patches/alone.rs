//! cargo alone on the same edits: its incremental build, of the sources as they are on disk.

use std::fs;
use std::time::Instant;

use liveswap_host::compile::forget_fingerprint;
use liveswap_host::project::Toolchain;

use crate::edits::Edit;
use crate::program::{Program, run};

/// Builds with each edit, and without it between them. Gives the seconds that cargo takes from the edited file on.
pub fn times<'a>(
    program: &Program,
    toolchain: &Toolchain,
    edits: impl Iterator<Item = &'a Edit>,
) -> Result<Vec<f64>, String> {
    // Dependencies are the base's; the crate is not.
    forget_fingerprint(&program.target_dir, "dev", &program.package).map_err(|error| error.to_string())?;
    run(program.cargo(toolchain))?;
    let mut times = Vec::new();
    for edit in edits {
        let failed = |error: std::io::Error| format!("write {}: {error}", edit.file.display());
        let before = fs::read(&edit.file).map_err(failed)?;
        fs::write(&edit.file, &edit.text).map_err(failed)?;
        let begun = Instant::now();
        let built = run(program.cargo(toolchain));
        times.push(begun.elapsed().as_secs_f64());
        fs::write(&edit.file, before).map_err(failed)?;
        built?;
        run(program.cargo(toolchain))?;
    }
    Ok(times)
}
