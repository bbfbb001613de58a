//! What the facts mean: the message reader, the launch model, checks, ranking, fixes. Pure functions of a snapshot.

pub mod change;
pub mod messages;
pub mod report;
mod stage;
pub mod symptom;

pub use stage::Stage;
pub use symptom::Symptom;
