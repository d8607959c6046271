//! A task at a community says which entry of the list of what may be asked it is. After a round of a contest that was called off, another
//! is held in the same period.

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
    "alter table task add column permitted text not null default ''",
    "drop index contest_round_of",
    "create index contest_round_of on contest_round (contest, organisation_id, year_from)",
];
