//! From a speech to tasks that add up, come back, and are verified by others.

mod refusals;
mod town;
mod walk;
