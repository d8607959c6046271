//! Projects: each with its case, and the wholes of which several units carry a part.

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
    "create table project_whole (id {id} primary key, project text not null, pack_version text not null, organisation_id bigint not null {of organisation}, year bigint not null, number bigint not null, name text not null, unit text not null, quantity bigint, due_on text not null, entered_by bigint, entered_on text not null, closed_on text)",
    "create unique index project_whole_number on project_whole (project, organisation_id, year, number)",
    // `body`: what the forms say in the columns of the list, as texts by key. Milestones are items of the case, reports its acts.
    "create table project (id {id} primary key, project text not null, organisation_id bigint not null {of organisation}, issuer_id bigint not null {of organisation}, served_id bigint {of organisation}, case_id bigint not null {of case_file}, origin_case_id bigint {of case_file}, project_whole_id bigint {of project_whole}, year bigint not null, name text not null, body text not null, quantity bigint, n_done bigint not null, due_on text, proposed_on text not null, approved_on text, progress_on text, opinion_on text, accepted_on text, closed_on text, grade text not null, is_good boolean not null, is_late boolean not null, is_handed_in boolean not null, is_reported boolean not null)",
    "create unique index project_case on project (case_id)",
    "create index project_of on project (project, year)",
    "create index project_organisation on project (organisation_id, closed_on)",
    "create index project_issuer on project (issuer_id, closed_on)",
    "create index project_served on project (served_id)",
    "create index project_origin_case on project (origin_case_id)",
    "create index project_part on project (project_whole_id)",
];
