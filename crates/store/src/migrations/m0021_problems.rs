//! The ledger of problems, one row each whatever their source; what outside bodies fed back; orders to look for the same elsewhere.

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
    // A problem is an item of the case in which it is put right: its own, or that of the procedure in which it was found.
    "create table problem (id {id} primary key, organisation_id bigint not null {of organisation}, issuer_id bigint not null {of organisation}, case_id bigint not null {of case_file}, case_item_id bigint not null {of case_item}, is_own boolean not null, source text not null, problem_type text not null, text text not null, basis text not null, owner text not null, due_on text not null, raised_on text not null, raised_by bigint, raiser text not null, recurs_id bigint {of problem}, origin text not null, origin_id bigint, is_handed_in boolean not null, closed_on text, is_late boolean not null, is_dismissed boolean not null)",
    "create unique index problem_item on problem (case_item_id)",
    "create index problem_case on problem (case_id)",
    // Answers the counts of every reach by itself.
    "create index problem_organisation on problem (organisation_id, closed_on, is_handed_in, due_on)",
    "create index problem_open on problem (due_on, id) where closed_on is null",
    "create index problem_due on problem (due_on, id)",
    "create index problem_raised on problem (raised_on, id)",
    "create index problem_issuer on problem (issuer_id, due_on) where closed_on is null",
    "create index problem_alike on problem (problem_type, organisation_id, raised_on)",
    "create index problem_raiser on problem (raised_by)",
    "create index problem_origin on problem (origin, origin_id)",
    "create table feedback (id {id} primary key, organisation_id bigint not null {of organisation}, source_body text not null, number text not null, received_on text not null, wording text not null, reply_due_on text not null, entered_by bigint, entered_at text not null)",
    "create index feedback_organisation on feedback (organisation_id, id)",
    "create table self_check (id {id} primary key, organisation_id bigint not null {of organisation}, procedure text not null, problem_type text not null, field text not null, level text not null, reason text not null, due_on text not null, issued_on text not null, issued_by bigint, feedback_id bigint {of feedback})",
    "create index self_check_organisation on self_check (organisation_id, id)",
];
