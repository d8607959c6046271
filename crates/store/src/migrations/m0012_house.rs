//! The house: which organisations a grant reaches by name, and when the audit was checked.

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
    // The root of a grant and the organisations that it names, as rows: so that "grants within my scope" is a `where`.
    "create table post_grant_organisation (grant_id bigint not null {of post_grant}, organisation_id bigint not null {of organisation}, primary key (grant_id, organisation_id))",
    "create index post_grant_organisation_of on post_grant_organisation (organisation_id)",
    "insert into post_grant_organisation (grant_id, organisation_id) select id, root_id from post_grant where root_id is not null",
    "create table audit_check (id {id} primary key, started_at text not null, started_by bigint, finished_at text, n_entries bigint not null, faults text not null)",
    "create index audit_actor on audit (actor_id, seq)",
    "create index suggestion_person on suggestion (person_id, id)",
];
