//! What the facts mean: the message reader, the launch model, checks, ranking, fixes. Pure functions of a snapshot.

pub mod change;
pub mod check;
pub mod checks;
mod diagnosis;
mod fallback;
pub mod fix;
pub mod launch;
pub mod loglines;
pub mod messages;
mod permissions;
mod rank;
pub mod report;
mod shell;
mod stage;
pub mod symptom;

pub use diagnosis::{Settings, diagnose};
pub use stage::Stage;
pub use symptom::{Symptom, SymptomGroup};
