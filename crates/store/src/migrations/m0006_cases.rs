//! Cases: runs of procedures, what was done in them, and the items they open and close.

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
    "create table case_file (id {id} primary key, procedure text not null, pack_version text not null, subject_kind text not null, subject_id bigint not null, organisation_id bigint not null {of organisation}, issuer_id bigint {of organisation}, title text not null, stage text not null, stage_since text not null, due_on text, opened_at text not null, opened_by bigint, closed_at text, remark text)",
    "create table case_act (id {id} primary key, case_id bigint not null {of case_file}, stage text not null, action text not null, kind text not null, to_stage text, fields text not null, acted_by bigint, actor_name text not null, post text not null, organisation_id bigint {of organisation}, acted_at text not null)",
    "create table case_item (id {id} primary key, case_id bigint not null {of case_file}, kind text not null, text text not null, owner text, due_on text, opened_in bigint not null, closed_in bigint)",
    // A grant may be for one case; an evaluation is published by one.
    "alter table post_grant add column case_id bigint {of case_file}",
    "alter table evaluation add column case_id bigint {of case_file}",
    "create index case_file_subject on case_file (procedure, subject_kind, subject_id)",
    "create index case_file_organisation on case_file (organisation_id, procedure)",
    "create index case_file_open on case_file (procedure, closed_at, stage)",
    "create index case_act_case on case_act (case_id, id)",
    "create index case_item_case on case_item (case_id, kind)",
];
