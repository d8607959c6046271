//! Open matters as things that some level answers for. What is withheld from an organisation is no charge of it.

use jiff::civil::Date;
use policy::Procedure;
use store::Actor;

use super::model::Row;
use super::{address, met_by, see};
use crate::answerable::Charge;
use crate::app::App;

/// Matters within somebody's reach that are not closed.
///
/// # Errors
/// When the database cannot be read.
pub async fn charges(app: &App, actor: &Actor, on: Date) -> anyhow::Result<Vec<Charge>> {
    let pack = app.pack();
    let mut found = Vec::new();
    for (key, matter) in met_by(&pack, actor).filter(|(_, matter)| !matter.is_withheld) {
        let procedure = pack.procedures.get(&matter.procedure);
        let open = see::all(app.store().reader(), app, actor, key, matter).await?.into_iter().filter(|it| it.closed_on.is_none());
        found.extend(open.map(|it| {
            let until = procedure.and_then(|procedure| it.until(procedure));
            Charge {
                kind: "督办事项",
                organisation: it.organisation,
                field: None,
                title: format!("{}：{}", matter.name, it.title),
                due_on: until,
                is_overdue: until.is_some_and(|day| day < on),
                stands_at: if procedure.is_none_or(|procedure| is_its_turn(procedure, &it)) { it.organisation } else { it.issuer },
                href: address(it.id),
            }
        }));
    }
    Ok(found)
}

/// Whether the organisation itself has the next step.
fn is_its_turn(procedure: &Procedure, it: &Row) -> bool {
    let stage = procedure.stages.iter().find(|stage| stage.key == it.stage);
    stage.is_none_or(|stage| stage.actions.iter().any(|action| action.by.at == "self"))
}
