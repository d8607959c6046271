//! Where there are a hundred thousand problems: what waits is found without reading every open case, kinds are counted from an index alone.

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
        run_all(manager, INDEXES).await
    }
}

const INDEXES: &[&str] = &[
    "create index case_file_awaiting on case_file (procedure, stage, id) where closed_at is null",
    "create index problem_kinds on problem (problem_type, organisation_id, raised_on, closed_on, is_dismissed)",
];
