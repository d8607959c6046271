//! Who is inspected by whom (督查): samples that nobody can dispute, and teams that inspect no place of their own.
//!
//! For: whoever opens an inspection. In: a frozen population and a seed that came afterwards; teams and places.
//! Out: an order that anyone can run again, an assignment that keeps its constraints or says which one blocks it.
//! Does not know: what is looked at, who may open one, any database. Pure.

pub mod crossing;
pub mod draw;
