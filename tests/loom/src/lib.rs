//! Model checks of the places where threads meet: loom runs each model in all interleavings, and with all values
//! that the orderings allow a load to see.
//!
//! The modules are the product's own files, compiled with loom's types.

#[path = "../../../host/src/gate.rs"]
pub mod gate;
#[path = "../../../liveswap/src/table.rs"]
pub mod table;
#[path = "../../../liveswap/src/trial.rs"]
pub mod trial;

#[cfg(test)]
mod gate_models;
#[cfg(test)]
mod table_models;
#[cfg(test)]
mod trial_models;
