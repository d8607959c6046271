//! What is asked of others beside the records: tables, what they cost, what may be asked of communities at all.

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
    // What issuing something takes of others' time, above the ceiling: for how many units and minutes it was asked, who said yes or no.
    "create table burden_approval (id {id} primary key, kind text not null, subject_id bigint not null, organisation_id bigint not null {of organisation}, title text not null, n_units bigint not null, minutes bigint not null, reason text not null, asked_on text not null, asked_by bigint, decided_on text, decided_by bigint, decider text not null, is_granted boolean not null, answer text not null, used_on text)",
    "create index burden_approval_subject on burden_approval (kind, subject_id)",
    "create index burden_approval_open on burden_approval (decided_on, organisation_id)",
    // What may be asked of organisations (准入清单), by the office that approves it, and what was asked of them beside it.
    "create table permitted_item (id {id} primary key, list text not null, organisation_id bigint not null {of organisation}, office_id bigint not null {of organisation}, name text not null, kind text not null, frequency text not null, basis text not null, minutes bigint not null, proposed_on text not null, proposed_by bigint, decided_on text, decided_by bigint, is_accepted boolean not null, answer text not null, ended_on text, end_reason text not null)",
    "create index permitted_item_of on permitted_item (organisation_id, list)",
    "create table unlisted_demand (id {id} primary key, organisation_id bigint not null {of organisation}, asker text not null, what text not null, demanded_on text not null, noted_by bigint, decided_on text, decided_by bigint, outcome text not null, answer text not null)",
    "create index unlisted_demand_of on unlisted_demand (organisation_id, demanded_on)",
    // A table asked of units once. `heading`: lines above the headings, as they came; `units`: levels, field and numbers that were chosen.
    "create table asked_table (id {id} primary key, organisation_id bigint not null {of organisation}, title text not null, purpose text not null, heading text not null, units text not null, permitted text not null, due_on text not null, created_on text not null, created_by bigint, issued_on text, closed_on text, close_reason text not null)",
    "create index asked_table_of on asked_table (organisation_id, id)",
    "create table asked_column (id {id} primary key, table_id bigint not null {of asked_table}, position bigint not null, heading text not null, heading_key text not null, known text not null, kind text not null)",
    "create index asked_column_of on asked_column (table_id, position)",
    "create table asked_unit (id {id} primary key, table_id bigint not null {of asked_table}, organisation_id bigint not null {of organisation}, n_asked bigint not null, n_typed bigint not null, answered_on text, answered_by bigint, is_late boolean not null, returned text not null)",
    "create unique index asked_unit_of on asked_unit (table_id, organisation_id)",
    "create index asked_unit_open on asked_unit (organisation_id, answered_on)",
    // An answer that another table of this year had already got says from which.
    "create table asked_answer (id {id} primary key, table_id bigint not null {of asked_table}, column_id bigint not null {of asked_column}, organisation_id bigint not null {of organisation}, heading_key text not null, value text not null, answered_on text not null, from_table_id bigint {of asked_table})",
    "create unique index asked_answer_of on asked_answer (table_id, organisation_id, column_id)",
    "create index asked_answer_key on asked_answer (organisation_id, heading_key)",
];
