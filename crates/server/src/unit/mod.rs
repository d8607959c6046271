//! Unit (单位): what organisations cover or serve; villages with their collective income first.
//!
//! For: who a village is, which branch leads it, what it earned per year.
//! In: rosters and yearly figures. Out: units, facts about income at the branches of the same division code.
//! Does not know: targets, what income counts for.

mod income;

pub(crate) use income::derive_facts;
pub use income::{NewIncome, NewVillage, known_incomes, set_income, set_incomes, upsert_villages};
