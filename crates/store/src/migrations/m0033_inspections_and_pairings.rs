//! A public number that is to be the seed of a draw is named when the population is frozen, not once it is known. A matter whose day
//! was put off by the office is remembered with the day on which it was.

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

const TABLES: &[&str] =
    &["alter table inspection add column public_source text not null default ''", "alter table matter add column extended_on text"];
