//! A case with everything that decides about it, read once.

use std::sync::Arc;

use jiff::civil::Date;
use policy::{Action, Pack, Procedure};
use sea_orm::ConnectionTrait;
use store::Actor;

use super::model::{Act, CaseFile, Item, Offer, Place, Variables, offers};
use super::rows;
use crate::app::App;

/// A case, the pack it is bound to, its acts and items, and where its organisation stands.
pub struct CaseAtWork {
    pub case: CaseFile,
    pub pack: Arc<Pack>,
    pub acts: Vec<Act>,
    pub items: Vec<Item>,
    place: Place,
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
        let place = Place::of(&app.directory(), &case);
        Ok(Some(Self { case, pack, acts, items, place }))
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
    pub fn offers(&self, actor: &Actor, variables: &Variables, on: Date) -> Vec<Offer<'_>> {
        self.procedure().map_or_else(Vec::new, |procedure| offers(procedure, &self.case, &self.acts, &self.items, actor, &self.place, variables, on))
    }

    /// Whether an action was ever done.
    #[must_use]
    pub fn was_done(&self, action: &str) -> bool {
        self.acts.iter().any(|act| act.action == action)
    }
}
