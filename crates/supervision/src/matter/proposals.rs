//! What the year's figures propose: organisations at which a kind of matter is due by the pack's rule, counted in one pass. Nobody is
//! held to account by the machine: it proposes with the figures, a person decides.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use policy::{Key, Matter, Operand, Pack, Ratio};
use store::{Actor, OrgId};

use super::open::office_of;
use super::rows;
use crate::app::App;

/// An organisation at which a kind is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proposal {
    pub organisation: OrgId,
    /// Key of the kind; empty: because of what is open there.
    pub kind: Key,
    /// Measure and what it counts, in words: 逾期办结的任务 3 项.
    pub because: Vec<String>,
    /// It was opened already and goes on.
    pub is_open: bool,
}

/// What is proposed to somebody by `today`, by the order of the tree.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn proposals(app: &App, actor: &Actor, key: &str, matter: &Matter, today: Date) -> anyhow::Result<Vec<Proposal>> {
    let pack = app.pack();
    let mut found = Vec::new();
    let open: BTreeSet<(OrgId, String)> = rows::open_at(app.store().reader(), key).await?.into_iter().collect();
    if let Some(beside) = &matter.while_open {
        let name = pack.procedures.get(beside).map_or("", |procedure| procedure.name.as_str());
        for organisation in rows::places_of(app.store().reader(), beside, &matter.over_at).await? {
            let is_open = open.iter().any(|(at, _)| *at == organisation);
            found.push(Proposal { organisation, kind: String::new(), because: vec![format!("在办：{name}")], is_open });
        }
    }
    let asked: Vec<Key> =
        matter.kinds.iter().filter_map(|kind| kind.proposed_when.as_ref()).flat_map(|when| when.names()).map(str::to_owned).collect();
    let asked: Vec<Key> = asked.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    if !asked.is_empty() {
        let counts = counted(app, &pack, actor, matter, &asked, today).await?;
        for (organisation, figures) in counts {
            let names = |name: &str| figures.get(name).copied().map(Operand::Number);
            let holds = |when: &policy::Expression| when.evaluate(&names) == Ok(Operand::Truth(true));
            // The highest rung that its rule reaches.
            let Some(kind) = matter.kinds.iter().rev().find(|kind| kind.proposed_when.as_ref().is_some_and(holds)) else { continue };
            let used = kind.proposed_when.as_ref().map(policy::Expression::names).unwrap_or_default();
            let because = used.iter().filter_map(|name| said(&pack, name, figures.get(*name)?)).collect();
            let is_open = open.contains(&(organisation, kind.key.clone()));
            found.push(Proposal { organisation, kind: kind.key.clone(), because, is_open });
        }
    }
    let directory = app.directory();
    let scope = actor.scope(matter.opened_by);
    found.retain(|it| {
        let org = directory.visible(&scope, it.organisation);
        org.is_some_and(|org| (matter.about.is_empty() || matter.about.contains(&org.level)) && office_of(&directory, actor, matter, org).is_some())
    });
    found.sort_by_key(|it| directory.org(it.organisation).map(|org| org.code.clone()));
    Ok(found)
}

/// A figure in words; what is nought says nothing.
fn said(pack: &Pack, measure: &str, n: &Ratio) -> Option<String> {
    let kinds = policy::fact_kinds(pack);
    let measure = pack.measures.get(measure)?;
    let kind = measure.count.first().or(measure.active.first()).and_then(|kind| kinds.get(kind))?;
    (*n > Ratio::from_integer(0)).then(|| format!("{} {} {}", kind.means, n.to_integer(), kind.unit))
}

/// The measures of the year so far at every organisation that the matter may be about, itself and below.
async fn counted(
    app: &App,
    pack: &Pack,
    actor: &Actor,
    matter: &Matter,
    asked: &[Key],
    today: Date,
) -> anyhow::Result<Vec<(OrgId, BTreeMap<Key, Ratio>)>> {
    let units: Vec<OrgId> = {
        let directory = app.directory();
        let scope = actor.scope(matter.opened_by);
        directory.all(&scope).filter(|org| matter.about.contains(&org.level)).map(|org| org.id).collect()
    };
    app.figures().year_so_far(app, pack, &units, asked, today).await
}
