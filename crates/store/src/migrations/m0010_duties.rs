//! Duties: an excuse may be asked for again after it was declined; decisions of meetings are followed up; what recording
//! costs a branch is counted; lists of records page by day within a kind.

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
    "drop index duty_excuse_open",
    "create unique index duty_excuse_open on duty_excuse (organisation_id, duty, period) where is_granted is null or is_granted",
    "create index duty_excuse_asked on duty_excuse (organisation_id, id) where is_granted is null",
    "create table decision (id {id} primary key, activity_id bigint not null {of activity}, organisation_id bigint not null {of organisation}, text text not null, owner text not null, due_on text, done_on text, note text not null, done_by bigint, done_at text)",
    "create table burden (id {id} primary key, organisation_id bigint not null {of organisation}, day text not null, source text not null, source_id bigint not null, n_typed bigint not null)",
    "create unique index decision_text on decision (activity_id, text)",
    "create index decision_open on decision (organisation_id, due_on) where done_on is null",
    "create index burden_organisation on burden (organisation_id, day)",
    "create index activity_kind on activity (kind, held_on, id)",
    "create index activity_waiting on activity (organisation_id, held_on) where waits_for_consent",
    "create index activity_returned on activity (organisation_id, held_on) where returned_reason is not null",
];
