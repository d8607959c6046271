//! The scheme editor: drafts with their acts, and the entries that offices have added to the packs of the folder.

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
    // `body` is the entry as JSON, with whatever was typed, right or wrong; `scheme_key` is the key that it will have in the pack.
    "create table scheme_draft (id {id} primary key, organisation_id bigint not null {of organisation}, person_id bigint {of person}, name text not null, scheme_key text not null, base_key text not null, from_year bigint not null, state text not null, body text not null, n_saves bigint not null, saved_by bigint, saved_at text not null)",
    "create index scheme_draft_organisation on scheme_draft (organisation_id)",
    "create table scheme_draft_act (id {id} primary key, draft_id bigint not null {of scheme_draft}, action text not null, note text not null, actor_id bigint {of person}, actor_name text not null, post text not null, acted_at text not null)",
    "create index scheme_draft_act_of on scheme_draft_act (draft_id)",
    // `body` is the file's text. One entry is in force once: a later one takes its place.
    "create table pack_addition (id {id} primary key, entry text not null, title text not null, body text not null, from_at text not null, until_at text)",
    "create unique index pack_addition_in_force on pack_addition (entry) where until_at is null",
];
