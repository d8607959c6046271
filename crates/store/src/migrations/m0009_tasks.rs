//! Directives with the items taken from them, and the tasks that units were given: one row per item and unit.

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
    "create table directive (id {id} primary key, organisation_id bigint not null {of organisation}, fields text not null, title text not null, source_body text not null, issued_on text, file_name text not null, text text not null, n_chars bigint not null, scope text not null, year bigint, is_year_asked boolean not null, created_at text not null, created_by bigint)",
    "create table directive_item (id {id} primary key, directive_id bigint not null {of directive}, position bigint not null, start_char bigint, end_char bigint, span text not null, action text not null, standard text not null, units text not null, scope text not null, comparator text, quantity_milli bigint, quantity_text text, quantity_unit text, deadline text, frequency text, due_on text, is_due_asked boolean not null, indicator text, measure text not null, weight_hundredths bigint, owner text not null, owner_level text, state text not null, merged_into bigint {of directive_item}, updated_at text not null, updated_by bigint)",
    "create table task (id {id} primary key, item_id bigint not null {of directive_item}, whole_id bigint {of task}, organisation_id bigint not null {of organisation}, issuer_id bigint not null {of organisation}, fields text not null, quantity_milli bigint, parts_kind text, owner text not null, owner_level text, due_on text not null, case_id bigint {of case_file}, issued_on text not null, is_across boolean not null, done_milli bigint, verified_milli bigint, fulfilled_on text, is_late boolean not null)",
    "create index directive_organisation on directive (organisation_id, id)",
    "create index directive_item_directive on directive_item (directive_id, position)",
    "create unique index task_once on task (item_id, organisation_id, issuer_id)",
    "create index task_whole on task (whole_id)",
    "create index task_organisation on task (organisation_id, due_on)",
    "create index task_issuer on task (issuer_id, due_on)",
    "create index task_across on task (organisation_id) where is_across",
    "create index task_case on task (case_id)",
];
