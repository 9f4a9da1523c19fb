//! Whether a patch has all that its edit changes: the crate is built with the edit as a base, and both bases are compared.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use liveswap_host::audit::{Build, Replaced, audit};
use liveswap_host::project::Toolchain;

use crate::base::Base;
use crate::edits::Edit;
use crate::program::Program;

pub struct Judge<'a> {
    program: &'a Program,
    toolchain: &'a Toolchain,
    base: Build,
}

impl<'a> Judge<'a> {
    pub fn new(program: &'a Program, toolchain: &'a Toolchain, base: &Base) -> Result<Self, String> {
        Ok(Self { program, toolchain, base: read(&base.objects)? })
    }

    /// What the patch should have replaced and did not, each with the reason.
    pub fn wrong(&self, base: &mut Base, edit: &Edit, replaced: &Replaced) -> Result<Vec<String>, String> {
        let failed = |error: std::io::Error| format!("write {}: {error}", edit.file.display());
        let before = fs::read(&edit.file).map_err(failed)?;
        let mut now = base.snapshot.clone();
        now.update(edit.file.clone(), Some(Arc::from(edit.text.as_bytes())));
        fs::write(&edit.file, &edit.text).map_err(failed)?;
        let objects = base.rebuild(self.program, self.toolchain, &now);
        fs::write(&edit.file, before).map_err(failed)?;
        let verdict = audit(&self.base, &read(&objects?)?, replaced);
        Ok(verdict.wrong.into_iter().map(|wrong| format!("{} {}", wrong.name, wrong.reason)).collect())
    }
}

fn read(objects: &[PathBuf]) -> Result<Build, String> {
    let mut build = Build::default();
    for file in objects {
        let name = file.display().to_string();
        let data = fs::read(file).map_err(|error| format!("read {name}: {error}"))?;
        build.add(&name, &data, &|| true).map_err(|error| error.to_string())?;
    }
    Ok(build)
}
