//! What a build consists of: its functions and statics by their symbols.

use std::collections::HashMap;
use std::sync::Arc;

use object::elf::ELFMAG;
use object::read::archive::ArchiveFile;

use super::{AuditError, object_file};

/// A symbol's name, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct NameId(u32);

/// All names that a build defines or refers to.
#[derive(Debug, Default)]
pub(super) struct Names {
    texts: Vec<Arc<str>>,
    ids: HashMap<Arc<str>, NameId>,
}

impl Names {
    /// The number of a name.
    pub(super) fn id(&mut self, name: &str) -> NameId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let (id, text) = (NameId(u32::try_from(self.texts.len()).unwrap_or(u32::MAX)), Arc::<str>::from(name));
        self.texts.push(Arc::clone(&text));
        self.ids.insert(text, id);
        id
    }

    /// The name with this number.
    pub(super) fn text(&self, NameId(id): NameId) -> &str {
        &self.texts[id as usize]
    }

    /// All numbers, in their order.
    pub(super) fn all(&self) -> impl Iterator<Item = NameId> + use<> {
        (0..u32::try_from(self.texts.len()).unwrap_or(u32::MAX)).map(NameId)
    }
}

/// Values by the numbers of names.
#[derive(Debug)]
pub(super) struct ByName<T>(Vec<T>);

impl<T> ByName<T> {
    /// One value for each name.
    pub(super) fn of(names: &Names, value: impl FnMut(NameId) -> T) -> Self {
        Self(names.all().map(value).collect())
    }

    /// The value of a name.
    pub(super) fn get(&self, NameId(id): NameId) -> &T {
        &self.0[id as usize]
    }

    /// The value of a name, to be changed.
    pub(super) fn get_mut(&mut self, NameId(id): NameId) -> &mut T {
        &mut self.0[id as usize]
    }
}

/// What a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Code.
    Function,
    /// A static, or what a macro or the compiler has made one.
    Data,
}

/// A function or a static.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    pub(super) kind: Kind,
    /// A hash of its bytes and of the anonymous data that it uses, with the places of all references.
    pub(super) digest: u64,
    /// The names that it refers to, itself and through anonymous data, in the order of their places.
    pub(super) references: Box<[NameId]>,
}

/// The code of one build.
#[derive(Debug, Default)]
pub struct Build {
    pub(super) names: Names,
    /// A function that rustc puts into several objects has a definition for each form that it has there.
    pub(super) definitions: HashMap<NameId, Vec<Definition>>,
}

impl Build {
    /// Reads object files and Rust libraries (`.o`, `.rlib`), of which `name` is for messages. `is_wanted` is asked between
    /// the objects whether to go on.
    ///
    /// # Errors
    ///
    /// A file can't be read, or nobody wants it any more.
    pub fn add(&mut self, name: &str, data: &[u8], is_wanted: &dyn Fn() -> bool) -> Result<(), AuditError> {
        let damaged = |error: object::Error| AuditError::Damaged { file: name.to_owned(), reason: error.to_string() };
        if data.starts_with(&ELFMAG) {
            return self.add_object(data).map_err(damaged);
        }
        for member in ArchiveFile::parse(data).map_err(damaged)?.members() {
            if !is_wanted() {
                return Err(AuditError::Cancelled);
            }
            let member = member.map_err(damaged)?;
            // The metadata is in an object file as well.
            if member.name().ends_with(b".o") {
                self.add_object(member.data(data).map_err(damaged)?).map_err(damaged)?;
            }
        }
        Ok(())
    }

    fn add_object(&mut self, data: &[u8]) -> Result<(), object::Error> {
        for (name, definition) in object_file::read(data, &mut self.names)? {
            let definitions = self.definitions.entry(name).or_default();
            if !definitions.contains(&definition) {
                definitions.push(definition);
            }
        }
        Ok(())
    }

    /// How many functions there are.
    pub fn functions(&self) -> usize {
        let is_function = |all: &&Vec<Definition>| all.iter().any(|one| one.kind == Kind::Function);
        self.definitions.values().filter(is_function).count()
    }

    /// All that a symbol refers to.
    pub(super) fn references(&self, name: NameId) -> impl Iterator<Item = NameId> + '_ {
        self.definitions.get(&name).into_iter().flatten().flat_map(|one| one.references.iter().copied())
    }

    /// What a symbol is, if this build defines it.
    pub(super) fn kind(&self, name: NameId) -> Option<Kind> {
        self.definitions.get(&name)?.first().map(|one| one.kind)
    }
}
