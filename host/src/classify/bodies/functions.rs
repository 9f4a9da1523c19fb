//! Functions: which have other bodies, which are new, and which are gone.

use std::collections::BTreeMap;

use super::dependents::copy;
use super::{Delta, Modules, Name, Removed, is_in};
use crate::source::mentions::Method;
use crate::source::text::name_print;
use crate::source::{Function, SourceFile};

/// Compares the functions of a file with those of the base's file.
pub(super) fn compare(
    base: &SourceFile,
    now: &SourceFile,
    (new, gone): Modules<'_>,
    delta: &mut Delta,
) -> Result<(), String> {
    let by_name = |file: &'_ SourceFile| -> BTreeMap<Name, Function> {
        let named = |function: &Function| ((function.module.clone(), function.key.clone()), function.clone());
        file.functions.iter().map(named).collect()
    };
    let (before, after) = (by_name(base), by_name(now));
    for (name, function) in &after {
        let key = &name.1;
        let Some(old) = before.get(name) else {
            if function.has_static {
                return Err(format!("`{key}` declares a static, which would begin anew"));
            }
            match &function.self_type {
                Some(of) => new_method(base, of, function, delta)?,
                None if function.owner.is_some() => return Err(format!("the method `{key}` added")),
                None if is_in(new, &name.0) => {}
                None => drop(delta.changed.functions.insert(name_print(&function.name))),
            }
            delta.functions.insert(name.clone());
            delta.added.insert(name.clone());
            continue;
        };
        if old.outside != function.outside {
            return Err(format!("the signature of `{key}` changed"));
        }
        if old.body == function.body {
            continue;
        }
        if old.has_static || function.has_static {
            return Err(format!("`{key}` declares a static, which would begin anew"));
        }
        match &function.slot {
            Ok(_) => {}
            Err(_) if function.is_copyable => copy(function, delta),
            Err(why) => return Err(format!("`{key}` {why}")),
        }
        // Calls are in the old body.
        delta.endless.extend(old.is_endless.then(|| (key.clone(), function.body)));
        delta.functions.insert(name.clone());
    }
    for (name, function) in before.iter().filter(|(name, _)| !after.contains_key(name)) {
        let is_there =
            |now: &Function| (&now.module, &now.owner, &now.name) == (&name.0, &function.owner, &function.name);
        let of = match (&function.self_type, &function.owner) {
            // The program may know it.
            _ if !function.is_plain => return Err(format!("`{}` removed", name.1)),
            // Another one of that name in the same block.
            (Some(_), _) if now.functions.iter().any(is_there) => continue,
            (Some(of), _) => Some(of.clone()),
            (None, Some(_)) => return Err(format!("the method `{}` removed", name.1)),
            (None, None) if is_in(gone, &name.0) => continue,
            (None, None) => None,
        };
        delta.removed.insert(Removed { module: name.0.clone(), of, name: function.name.clone() });
    }
    Ok(())
}

/// A method that the base's file does not have. The patch has it in a trait, where a method that the base's type has
/// would come first.
fn new_method(base: &SourceFile, of: &str, function: &Function, delta: &mut Delta) -> Result<(), String> {
    let is_hidden =
        base.functions.iter().any(|other| other.name == function.name && other.self_type.as_deref() == Some(of));
    // `write!` calls it without saying so.
    if is_hidden || !function.is_plain || function.name == "write_fmt" {
        return Err(format!("the method `{}` added", function.key));
    }
    delta.new.insert((function.module.clone(), function.key.clone()));
    delta.changed.new_methods.insert(Method::new(of, &function.name));
    delta.changed.in_texts.insert(name_print(of));
    Ok(())
}
