//! Imports: the files that came, their sheets, rows in staging (sealed), and what is to be said about rows.

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
    "create table import_file (id {id} primary key, job_id bigint not null {of job}, position bigint not null, name text not null, sm3 text not null, n_bytes bigint not null, is_read boolean not null, problem text)",
    "create table import_sheet (id {id} primary key, job_id bigint not null {of job}, file_id bigint not null {of import_file}, position bigint not null, name text not null, kind text not null, primitive text not null, layout text not null, n_rows bigint not null, n_new bigint not null, n_differing bigint not null, n_same bigint not null, n_created bigint not null, n_updated bigint not null, n_unchanged bigint not null, n_kept bigint not null, n_refused bigint not null)",
    "create table import_chunk (id {id} primary key, job_id bigint not null {of job}, sheet_id bigint not null {of import_sheet}, step text not null, position bigint not null, n_rows bigint not null, body {bytes} not null, is_applied boolean not null)",
    "create table import_note (id {id} primary key, job_id bigint not null {of job}, sheet_id bigint not null {of import_sheet}, level text not null, kind text not null, row_no bigint not null, heading text not null, column_no bigint not null, value text not null, message text not null, decision text)",
    "create index import_file_job on import_file (job_id, position)",
    "create index import_sheet_job on import_sheet (job_id, position)",
    "create unique index import_chunk_position on import_chunk (sheet_id, step, position)",
    "create index import_chunk_job on import_chunk (job_id, step, is_applied)",
    "create index import_note_job on import_note (job_id, level, kind, sheet_id, row_no)",
    "create index job_kind on job (kind, id)",
];
