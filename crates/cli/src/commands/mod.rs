//! One file per command.

pub mod can;
pub mod diagnose;
pub mod explain;
pub mod reach;
