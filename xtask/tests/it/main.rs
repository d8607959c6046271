//! Tidy tests: what can be checked about the tree itself. Every message says what to do.

mod files;

mod clock;
mod leftovers;
mod places;
mod readme;
mod sizes;
