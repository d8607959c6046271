//! Changing spans without rewriting them: what no longer holds is superseded, what holds instead is written anew.

use std::collections::HashMap;

use jiff::civil::Date;
use sea_orm::ActiveValue::Set;
use store::entities::{organisation_state, organisation_term, post_holding};
use store::{OrgId, Tx, insert_all};

use super::create::{new_holding, new_term};
use super::model::NewHolding;
use super::store::{again, day, supersede};

/// A row that is to be written; rows that stay keep their number.
const NEW: i64 = 0;

/// The states of one organisation, being changed.
#[derive(Debug, Clone, Default)]
pub(super) struct States {
    before: Vec<organisation_state::Model>,
    rows: Vec<organisation_state::Model>,
}

impl States {
    pub(super) fn new(rows: Vec<organisation_state::Model>) -> Self {
        Self { before: rows.clone(), rows }
    }

    /// How it stands now; nothing when it was dissolved.
    pub(super) fn now(&self) -> Option<&organisation_state::Model> {
        self.rows.last().filter(|row| row.until_on.is_none())
    }

    pub(super) fn first(&self) -> Option<&organisation_state::Model> {
        self.rows.first()
    }

    /// First day of what holds now.
    pub(super) fn since(&self) -> anyhow::Result<Option<Date>> {
        self.now().map(|row| day(&row.from_on)).transpose()
    }

    /// From `on` it is otherwise. On or before the first day of what holds now this is a correction of that.
    pub(super) fn change(&mut self, on: Date, change: impl FnOnce(&mut organisation_state::Model)) {
        let on = on.to_string();
        let Some(last) = self.rows.last_mut() else { return };
        if on <= last.from_on {
            last.id = NEW;
            change(last);
            return;
        }
        let mut next = last.clone();
        last.id = NEW;
        last.until_on = Some(on.clone());
        next.id = NEW;
        next.from_on = on;
        change(&mut next);
        self.rows.push(next);
    }

    /// It stands no longer from `on`.
    pub(super) fn end(&mut self, on: Date) {
        if let Some(last) = self.rows.last_mut() {
            last.id = NEW;
            last.until_on = Some(on.to_string());
        }
    }

    /// It was founded on another day than was recorded.
    pub(super) fn correct_founding(&mut self, on: Date) {
        let second = self.rows.get(1).map(|row| row.from_on.clone());
        if let Some(first) = self.rows.first_mut().filter(|_| second.is_none_or(|from| on.to_string() < from)) {
            first.id = NEW;
            first.from_on = on.to_string();
        }
    }
}

/// Writes what changed.
pub(super) async fn write_states<'a>(tx: &mut Tx, all: impl Iterator<Item = &'a States>) -> anyhow::Result<()> {
    let mut gone = Vec::new();
    let mut fresh = Vec::new();
    for states in all {
        gone.extend(states.before.iter().filter(|old| !states.rows.iter().any(|row| row.id == old.id)).map(|old| old.id));
        fresh.extend(states.rows.iter().filter(|row| row.id == NEW));
    }
    if gone.is_empty() && fresh.is_empty() {
        return Ok(());
    }
    let no = tx.pending_no("organisation_state");
    let ids = tx.next_ids(fresh.len()).await?;
    let rows = fresh.into_iter().zip(ids).map(|(row, id)| again(row, id, no)).collect();
    supersede(tx, "organisation_state", &gone).await?;
    insert_all::<organisation_state::Entity, _, _>(tx.connection(), rows).await?;
    Ok(())
}

/// Posts and terms that are to be closed and opened.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Holdings that end on a day (or, ended before they began, never held).
    ended: Vec<(post_holding::Model, Date)>,
    begun: Vec<(OrgId, NewHolding, Date, String)>,
    terms_ended: Vec<(organisation_term::Model, Date)>,
    terms_corrected: Vec<organisation_term::Model>,
    terms_begun: Vec<(OrgId, Date, i64, String)>,
}

impl Changes {
    pub(super) fn end_holding(&mut self, row: &post_holding::Model, on: Date) {
        self.ended.push((row.clone(), on));
    }

    pub(super) fn begin_holding(&mut self, org: OrgId, new: NewHolding, from: Date, source: &str) {
        self.begun.push((org, new, from, source.to_owned()));
    }

    pub(super) fn end_term(&mut self, row: &organisation_term::Model, on: Date) {
        self.terms_ended.push((row.clone(), on));
    }

    /// The term was recorded wrongly: it is superseded without a successor of its own.
    pub(super) fn withdraw_term(&mut self, row: &organisation_term::Model) {
        self.terms_corrected.push(row.clone());
    }

    pub(super) fn begin_term(&mut self, org: OrgId, elected_on: Date, years: i64, source: &str) {
        self.terms_begun.push((org, elected_on, years, source.to_owned()));
    }

    /// Writes them.
    pub(super) async fn write(self, tx: &mut Tx) -> anyhow::Result<()> {
        self.write_holdings(tx).await?;
        self.write_terms(tx).await
    }

    async fn write_holdings(&self, tx: &mut Tx) -> anyhow::Result<()> {
        if self.ended.is_empty() && self.begun.is_empty() {
            return Ok(());
        }
        let no = tx.pending_no("post_holding");
        let gone: Vec<i64> = self.ended.iter().map(|(row, _)| row.id).collect();
        supersede(tx, "post_holding", &gone).await?;
        let mut ids = tx.next_ids(self.ended.len() + self.begun.len()).await?.into_iter();
        let mut next = || ids.next().expect("as many numbers were taken as there are rows");
        let mut rows = Vec::new();
        for (row, on) in self.ended.iter().filter(|(row, on)| row.from_on < on.to_string()) {
            let telephone = row.telephone.as_deref().map(|sealed| tx.keys().unseal("post_holding.telephone", row.id, sealed)).transpose()?;
            let holding = NewHolding { post: row.post.clone(), name: row.name.clone(), telephone, member_id: row.member_id };
            let mut closed = new_holding(tx, next(), row.organisation_id, &holding, day(&row.from_on)?, &row.source, no);
            closed.until_on = Set(Some(on.to_string()));
            rows.push(closed);
        }
        for (org, holding, from, source) in &self.begun {
            rows.push(new_holding(tx, next(), *org, holding, *from, source, no));
        }
        insert_all::<post_holding::Entity, _, _>(tx.connection(), rows).await?;
        Ok(())
    }

    async fn write_terms(&self, tx: &mut Tx) -> anyhow::Result<()> {
        if self.terms_ended.is_empty() && self.terms_begun.is_empty() && self.terms_corrected.is_empty() {
            return Ok(());
        }
        let no = tx.pending_no("organisation_term");
        let gone: Vec<i64> = self.terms_ended.iter().map(|(row, _)| row.id).chain(self.terms_corrected.iter().map(|row| row.id)).collect();
        supersede(tx, "organisation_term", &gone).await?;
        let mut ids = tx.next_ids(self.terms_ended.len() + self.terms_begun.len()).await?.into_iter();
        let mut next = || ids.next().expect("as many numbers were taken as there are rows");
        let mut rows = Vec::new();
        for (row, on) in &self.terms_ended {
            let mut closed = new_term(next(), row.organisation_id, day(&row.elected_on)?, row.term_years, &row.source, no);
            closed.postponed_until = Set(row.postponed_until.clone());
            closed.until_on = Set(Some(on.to_string()));
            rows.push(closed);
        }
        for (org, elected_on, years, source) in &self.terms_begun {
            rows.push(new_term(next(), *org, *elected_on, *years, source, no));
        }
        insert_all::<organisation_term::Entity, _, _>(tx.connection(), rows).await?;
        Ok(())
    }
}

/// States of several organisations, ready to be changed.
pub(super) async fn load_states(tx: &Tx, ids: &[OrgId]) -> anyhow::Result<HashMap<OrgId, States>> {
    Ok(super::store::states(tx, ids).await?.into_iter().map(|(id, rows)| (id, States::new(rows))).collect())
}
