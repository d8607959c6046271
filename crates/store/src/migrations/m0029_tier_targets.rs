//! How large a tier of branches shall be at a unit in a year, as the office above issued it.

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
    // A target is never changed: another one supersedes it. `share_hundredths`: hundredths of a percent of the branches that were rated.
    "create table tier_target (id {id} primary key, organisation_id bigint not null {of organisation}, office_id bigint not null {of organisation}, year bigint not null, tier text not null, is_ceiling boolean not null, share_hundredths bigint not null, basis text not null, issued_on text not null, issued_by bigint, replaced_by bigint {of tier_target})",
    "create unique index tier_target_open on tier_target (organisation_id, year, tier) where replaced_by is null",
];
