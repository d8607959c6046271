//! Questions about figures that people keep under a name, for themselves or for others.

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
    // `question` is what stands behind the question mark of the page's address; `shared` is `own`, `office` or `below`.
    "create table figure_view (id {id} primary key, organisation_id bigint not null {of organisation}, person_id bigint not null {of person}, name text not null, question text not null, shared text not null, saved_at text not null)",
    "create unique index figure_view_name on figure_view (person_id, name)",
    "create index figure_view_organisation on figure_view (organisation_id)",
];
