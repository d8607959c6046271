//! What follows from a filed result, and the signed files in which it goes to whoever assesses leaders.

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
    // `organisation_id` is empty where it is about the whole result; `amount` is money in 分.
    "create table consequence (id {id} primary key, evaluation_id bigint not null {of evaluation}, rule text not null, organisation_id bigint {of organisation}, due_on text not null, done_on text, is_waived boolean not null, number text not null, amount bigint, note text not null, done_by bigint)",
    "create index consequence_evaluation on consequence (evaluation_id, rule)",
    "create table result_export (id {id} primary key, evaluation_id bigint not null {of evaluation}, version bigint not null, body text not null, public_key text not null, signature text not null, issued_by bigint, issued_at text not null)",
    "create unique index result_export_version on result_export (evaluation_id, version)",
];
