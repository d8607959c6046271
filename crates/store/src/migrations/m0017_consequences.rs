//! What follows from a filed result, how a score is made up for charts, whom the holders of titles help, and the signed files in which it goes to whoever assesses leaders.

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
    // Points earned and due by section, and of process and effect: what charts add up without reading every row.
    "alter table evaluation_row add column parts text not null default ''",
    // `organisation_id` is empty where it is about the whole result; `amount` is money in 分.
    "create table consequence (id {id} primary key, evaluation_id bigint not null {of evaluation}, rule text not null, organisation_id bigint {of organisation}, due_on text not null, done_on text, is_waived boolean not null, number text not null, amount bigint, note text not null, done_by bigint)",
    "create index consequence_evaluation on consequence (evaluation_id, rule)",
    "create table selection_pair (id {id} primary key, entry_id bigint not null {of selection_entry}, organisation_id bigint not null {of organisation}, since_on text not null, until_on text)",
    "create index selection_pair_entry on selection_pair (entry_id)",
    "create table result_export (id {id} primary key, evaluation_id bigint not null {of evaluation}, version bigint not null, body text not null, public_key text not null, signature text not null, issued_by bigint, issued_at text not null)",
    "create unique index result_export_version on result_export (evaluation_id, version)",
];
