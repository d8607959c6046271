//! What lists of an evaluation show stands beside the whole row, so that no list reads whole rows.

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
        run_all(manager, CHANGES).await
    }
}

const CHANGES: &[&str] = &[
    "alter table evaluation_row add column name text not null default ''",
    // The upper end while an item is open.
    "alter table evaluation_row add column score_to_micro bigint not null default 0",
    // Share of the applicable weight that has evidence.
    "alter table evaluation_row add column evidenced_micro bigint not null default 0",
    // Bits: open 1, without place 2, vetoed 4, shares its rank 8, some weight left out 16.
    "alter table evaluation_row add column marks bigint not null default 0",
    // Numbers of the items that lack evidence, with commas between.
    "alter table evaluation_row add column lacking text not null default ''",
    "alter table evaluation_row add column remark text not null default ''",
    "create index case_item_open on case_item (case_id, closed_in)",
];
