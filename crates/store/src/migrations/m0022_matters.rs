//! Matters that offices open at organisations: numbered slips, talks, pairings, referrals.

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
    "create table matter (id {id} primary key, matter text not null, kind text not null, pack_version text not null, organisation_id bigint not null {of organisation}, issuer_id bigint not null {of organisation}, case_id bigint not null {of case_file}, number text not null, title text not null, body text not null, skipped text not null, opened_on text not null, opened_by bigint, due_on text, n_returned bigint not null, is_late boolean not null, closed_on text)",
    "create unique index matter_case on matter (case_id)",
    // An office's numbers of a year follow one another, and none twice.
    "create unique index matter_number on matter (matter, issuer_id, number) where number <> ''",
    "create index matter_opened on matter (matter, opened_on)",
    "create index matter_organisation on matter (organisation_id, matter)",
];
