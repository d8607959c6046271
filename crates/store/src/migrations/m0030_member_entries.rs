//! What a document says about a member: honours, disciplinary decisions, points; entered by the branch, verified above.

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
    // `register`: honour, discipline, points. Where it was entered does not follow the member; who may see it does.
    "create table member_entry (id {id} primary key, member_id bigint not null {of member}, organisation_id bigint not null {of organisation}, register text not null, kind text not null, points bigint, made_on text not null, until_on text, issuer text not null, document text not null, document_no text not null, entered_by bigint, entered_at text not null, verified_by bigint, verified_at text, returned_by bigint, returned_at text, return_reason text)",
    "create index member_entry_of on member_entry (member_id, register, made_on)",
];
