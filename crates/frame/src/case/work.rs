//! A case with everything that decides about it, read once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use policy::{Action, Pack, Procedure};
use sea_orm::ConnectionTrait;
use store::{Actor, OrgId};

use super::model::{Act, CaseFile, Item, Offer, Place, Situation, Variables};
use super::rows;
use crate::app::App;

/// A case, the pack it is bound to, its acts and items, and where its organisation stands.
pub struct CaseAtWork {
    pub case: CaseFile,
    pub pack: Arc<Pack>,
    pub acts: Vec<Act>,
    pub items: Vec<Item>,
    place: Arc<Place>,
}

impl CaseAtWork {
    /// Reads a case; whether the reader may see it is asked by the primitive that owns it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn read(app: &App, id: i64) -> anyhow::Result<Option<Self>> {
        Self::read_in(app, app.store().reader(), id).await
    }

    /// The same as an open transaction sees it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn read_in<C: ConnectionTrait>(app: &App, connection: &C, id: i64) -> anyhow::Result<Option<Self>> {
        let Some(case) = rows::find(connection, id).await? else { return Ok(None) };
        let pack = app.policies_of(&case.pack_version).await?;
        let acts = rows::acts_of(connection, id).await?;
        let items = rows::items_of(connection, id).await?;
        let place = place_of(app, &case, &pack);
        Ok(Some(Self { case, pack, acts, items, place }))
    }

    /// Every open case of every procedure but `except` that stands where somebody's grants reach, at a stage in which one of
    /// his capabilities does something; in a few queries.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn all_reached_by(app: &App, actor: &Actor, except: &[&str]) -> anyhow::Result<Vec<Self>> {
        let roots: Vec<OrgId> = actor.grants.iter().filter_map(|grant| grant.set.root).collect();
        let above: BTreeSet<OrgId> = {
            let directory = app.directory();
            roots.iter().filter_map(|id| directory.org(*id)).flat_map(|org| org.superiors.iter().copied()).collect()
        };
        let reader = app.store().reader();
        let pack = app.pack();
        let mut left_out: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (key, procedure) in &pack.procedures {
            let idle = procedure.stages.iter().filter(|stage| !stage.actions.iter().any(|action| actor.may(action.by.capability)));
            left_out.insert(key.as_str(), idle.map(|stage| stage.key.as_str()).collect());
        }
        let above: Vec<OrgId> = above.into_iter().collect();
        let cases = rows::awaited_cases(reader, &actor.whole_scope(), &above, except, &left_out).await?;
        let ids: Vec<i64> = cases.iter().map(|case| case.id).collect();
        let mut acts: HashMap<i64, Vec<Act>> = HashMap::new();
        for act in rows::acts_of_all(reader, &ids).await? {
            acts.entry(act.case_id).or_default().push(act);
        }
        let mut items: HashMap<i64, Vec<Item>> = HashMap::new();
        for item in rows::items_of_all(reader, &ids).await? {
            items.entry(item.case_id).or_default().push(item);
        }
        let mut places: HashMap<(OrgId, Option<OrgId>, String, String), Arc<Place>> = HashMap::new();
        let mut found = Vec::with_capacity(cases.len());
        for case in cases {
            let pack = app.policies_of(&case.pack_version).await?;
            let key = (case.organisation, case.issuer, case.procedure.clone(), case.pack_version.clone());
            let place = places.entry(key).or_insert_with(|| place_of(app, &case, &pack)).clone();
            let (acts, items) = (acts.remove(&case.id).unwrap_or_default(), items.remove(&case.id).unwrap_or_default());
            found.push(Self { case, pack, acts, items, place });
        }
        Ok(found)
    }

    /// The procedure it goes through.
    #[must_use]
    pub fn procedure(&self) -> Option<&Procedure> {
        self.pack.procedures.get(&self.case.procedure)
    }

    /// The stage it is at.
    #[must_use]
    pub fn stage(&self) -> Option<&policy::Stage> {
        self.procedure()?.stages.iter().find(|stage| stage.key == self.case.stage)
    }

    /// An action of any stage.
    #[must_use]
    pub fn action(&self, key: &str) -> Option<&Action> {
        self.procedure()?.stages.iter().flat_map(|stage| &stage.actions).find(|action| action.key == key)
    }

    /// Every action of the present stage as it looks to somebody on a day.
    #[must_use]
    pub fn offers<'a>(&'a self, actor: &'a Actor, variables: &'a Variables, on: Date) -> Vec<Offer<'a>> {
        self.as_found_by(actor, variables, on).map_or_else(Vec::new, |at| at.offers())
    }

    /// The case as somebody finds it on a day.
    #[must_use]
    pub fn as_found_by<'a>(&'a self, actor: &'a Actor, variables: &'a Variables, on: Date) -> Option<Situation<'a>> {
        let Self { case, acts, items, place, .. } = self;
        Some(Situation { procedure: self.procedure()?, case, acts, items, place, variables, actor, on })
    }

    /// Whether an action was ever done.
    #[must_use]
    pub fn was_done(&self, action: &str) -> bool {
        self.acts.iter().any(|act| act.action == action)
    }
}

/// Where a case stands; one whose procedure the pack no longer has stands nowhere.
fn place_of(app: &App, case: &CaseFile, pack: &Pack) -> Arc<Place> {
    Arc::new(pack.procedures.get(&case.procedure).map(|procedure| Place::of(&app.directory(), case, procedure)).unwrap_or_default())
}
