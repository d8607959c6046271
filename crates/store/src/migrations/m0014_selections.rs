//! Selections: who came forward for a title, who holds it, from when, until when.

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
    // `holder` is the name of a family as it wants to be called; organisations hold theirs themselves.
    "create table selection_entry (id {id} primary key, selection text not null, organisation_id bigint not null {of organisation}, holder text, applied_on text not null, case_id bigint not null {of case_file}, named_on text, valid_until text, withdrawn_on text)",
    "create index selection_entry_of on selection_entry (selection, organisation_id)",
    "create index selection_entry_organisation on selection_entry (organisation_id)",
];
