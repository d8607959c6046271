//! Floating members, declined exemptions.

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
    "alter table member_exemption add column declined_by bigint",
    "alter table member_exemption add column declined_at text",
    "alter table member_exemption add column decision_reason text",
    "create table member_mobile (id {id} primary key, member_id bigint not null {of member}, destination text, source text not null, from_on text not null, until_on text, recorded_by bigint, recorded_at text not null)",
    "create unique index member_mobile_open on member_mobile (member_id) where until_on is null",
    "create index member_mobile_member on member_mobile (member_id, from_on)",
    "create index member_exemption_organisation on member_exemption (organisation_id)",
    "create index unit_kind on unit (kind, code)",
];
