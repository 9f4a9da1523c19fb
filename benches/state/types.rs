//! The types whose descriptions the bench compares: one generated source twice, as the running code and the next
//! generation of a library have it.

/// As the running code knows them.
#[allow(missing_docs)]
pub mod running {
    include!(concat!(env!("OUT_DIR"), "/types.rs"));
}

/// As the next generation knows them.
#[allow(missing_docs)]
pub mod next {
    include!(concat!(env!("OUT_DIR"), "/types.rs"));
}
