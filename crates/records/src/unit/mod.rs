//! Unit (单位): what organisations cover or serve; villages with their collective income first.
//!
//! For: who a village is, which branch leads it, what it earned per year.
//! In: rosters and yearly figures. Out: units, facts about income at the branches of the same division code.
//! Does not know: how an income is scored.

mod income;
mod pages;
mod read;

use policy::Capability;

use crate::http::route::{Door, Needs, Routes};

pub use income::derive_facts;
pub use income::{NewIncome, NewVillage, known_incomes, set_income, set_incomes, upsert_villages};
pub use pages::n_unbuilt;

/// Routes of villages.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let view = Needs::May(Capability::ViewUnits);
    routes
        .get("/villages", view, Door::Inner, pages::list)
        .get("/villages/{id}", view, Door::Inner, pages::show)
        .get("/villages/{id}/income", view, Door::Inner, pages::income_form)
        .post("/villages/{id}/income", view, Door::Inner, pages::income)
}
