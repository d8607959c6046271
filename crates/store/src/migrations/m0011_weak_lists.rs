//! Rounds of identifying weak and lax organisations, and what was answered about each.

use sea_orm_migration::prelude::*;

use super::run_all;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run_all(manager, TABLES).await
    }
}

const TABLES: &[&str] = &[
    "create table weak_round (id {id} primary key, plan_entry_id bigint not null {of plan_entry}, list_key text not null, name text not null, organisation_id bigint not null {of organisation}, evaluation_id bigint {of evaluation}, period text not null, n_base bigint not null, n_floor bigint not null, case_id bigint not null {of case_file}, opened_at text not null)",
    "create table weak_candidate (id {id} primary key, round_id bigint not null {of weak_round}, organisation_id bigint not null {of organisation}, reasons text not null, must_be_answered boolean not null, is_listed boolean, conditions text not null, explanation text, answered_by bigint, answered_at text)",
    "create unique index weak_round_plan on weak_round (plan_entry_id)",
    "create unique index weak_candidate_organisation on weak_candidate (round_id, organisation_id)",
];
