//! Ledgers: rows of the fields that a pack invents; the yearly reviews of programmes.

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
    // `body`: the pack's own fields as an object of texts by key. `about_id` is whom it is about, `organisation_id` who keeps it.
    "create table ledger_row (id {id} primary key, ledger text not null, pack_version text not null, organisation_id bigint not null {of organisation}, about_id bigint not null {of organisation}, held_on text not null, quantity bigint not null, body text not null, entered_by bigint, entered_at text not null, withdrawn_at text, withdrawn_reason text)",
    "create index ledger_row_held on ledger_row (ledger, held_on)",
    "create index ledger_row_about on ledger_row (about_id)",
    "create index ledger_row_organisation on ledger_row (organisation_id)",
    "create table programme_review (id {id} primary key, programme text not null, organisation_id bigint not null {of organisation}, year bigint not null, case_id bigint not null {of case_file})",
    "create unique index programme_review_of on programme_review (programme, organisation_id, year)",
];
