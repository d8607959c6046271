//! The floor: commit order, audit, accounts, sessions, jobs, files.

use sea_orm::DbBackend;
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
        run_all(manager, TABLES).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            // SQLite has one writer and takes its numbers from the row of `id_block`.
            run_all(manager, &["create sequence id_block_sequence"]).await?;
        }
        Ok(())
    }
}

const TABLES: &[&str] = &[
    "create table commit_head (id {id} primary key, no bigint not null, audit_seq bigint not null, audit_mac text not null, at text not null)",
    "create table commit_change (no bigint not null, position bigint not null, source text not null, source_id bigint not null, organisation_id bigint, primary key (no, position))",
    "create table audit (seq {id} primary key, commit_no bigint not null, at text not null, actor_id bigint, post text not null, operation text not null, subject text not null, subject_id bigint not null, organisation_id bigint, detail text not null, mac text not null)",
    "create table outbox (id {id} primary key, commit_no bigint not null, kind text not null, payload text not null, sent_at text)",
    "create table id_block (id {id} primary key, next bigint not null)",
    "create table data_key (id {id} primary key, purpose text not null, number bigint not null, is_current boolean not null, wrapped {bytes} not null)",
    "create unique index data_key_number on data_key (purpose, number)",
    "create unique index data_key_current on data_key (purpose) where is_current",
    "create table pack_layer (sm3 text not null, layer text not null, title text not null, version text not null, body text not null, first_used_at text not null, primary key (sm3))",
    "create table person (id {id} primary key, login text not null unique, name text not null, pinyin text not null, telephone {bytes}, password text not null, must_change_password boolean not null, n_failed bigint not null, locked_until text, disabled_at text, created_at text not null)",
    "create table post_grant (id {id} primary key, person_id bigint not null {of person}, role text not null, post text not null, fields text not null, named text not null, from_on text not null, until_on text, is_acting boolean not null, given_by bigint, created_at text not null)",
    "create table session (id text not null, person_id bigint not null {of person}, csrf text not null, door text not null, created_at text not null, seen_at text not null, until_at text not null, last_write bigint not null, pack_version text not null, primary key (id))",
    "create table draft (draft_key text not null, actor_id bigint not null {of person}, answer text not null, created_at text not null, primary key (draft_key, actor_id))",
    "create table job (id {id} primary key, kind text not null, state text not null, payload text not null, step text not null, n_done bigint not null, n_total bigint not null, message text not null, result text not null, owner text, lease_until text, created_by bigint, created_at text not null, updated_at text not null)",
    "create table stored_file (id {id} primary key, sm3 text not null, name text not null, media_type text not null, n_bytes bigint not null, created_by bigint, created_at text not null)",
    "create table notice (id {id} primary key, person_id bigint {of person}, kind text not null, text text not null, href text not null, created_at text not null, done_at text)",
    "create table suggestion (id {id} primary key, person_id bigint not null {of person}, text text not null, created_at text not null, answer text, answered_by bigint, answered_at text)",
    "insert into commit_head (id, no, audit_seq, audit_mac, at) values (1, 0, 0, '', '1970-01-01T00:00:00Z')",
    "insert into id_block (id, next) values (1, 1)",
    "create index commit_change_source on commit_change (source, source_id)",
    "create index audit_subject on audit (subject, subject_id)",
    "create index audit_organisation on audit (organisation_id, seq)",
    "create index post_grant_person on post_grant (person_id)",
    "create index job_state on job (state, id)",
    "create index notice_person on notice (person_id, done_at)",
    "create index session_person on session (person_id)",
    "create index stored_file_sm3 on stored_file (sm3)",
    "create index person_pinyin on person (pinyin, id)",
];
