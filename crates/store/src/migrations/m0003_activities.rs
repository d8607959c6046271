//! Activities, the facts derived from records, coverage and excuses.

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
    "create table activity (id {id} primary key, organisation_id bigint not null {of organisation}, kind text not null, held_on text not null, topic text not null, place text, host text, form text not null, n_eligible bigint not null, n_present bigint not null, n_guests bigint not null, minutes bigint not null, absences text not null, contents text not null, decisions text not null, notes text, is_on_paper boolean not null, entered_on text not null, entered_by bigint, source text not null, record_key text not null unique, makes_up text, late_reason text, waits_for_consent boolean not null, accepted_by bigint, accepted_at text, returned_by bigint, returned_at text, returned_reason text, updated_at text not null)",
    "create table activity_amendment (id {id} primary key, activity_id bigint not null {of activity}, amended_at text not null, amended_by bigint, reason text not null, before text not null, after text not null)",
    "create table duty_excuse (id {id} primary key, organisation_id bigint not null {of organisation}, duty text not null, period text not null, reason text not null, asked_by bigint, asked_at text not null, decided_by bigint, decided_at text, is_granted boolean, decision_reason text)",
    "create table monthly_theme (id {id} primary key, organisation_id bigint not null {of organisation}, month text not null, title text not null, contents text not null, issued_by bigint, issued_at text not null)",
    "create table coverage (id {id} primary key, organisation_id bigint not null {of organisation}, source text not null, kinds text not null, from_on text not null, until_on text not null, import_id bigint {of job}, recorded_at text not null)",
    "create table event (id {id} primary key, source text not null, source_id bigint not null, organisation_id bigint not null, day text not null, kind text not null, quantity bigint not null, subject_id bigint not null, flags bigint not null, makes_up text)",
    "create table span (id {id} primary key, source text not null, source_id bigint not null, organisation_id bigint not null, kind text not null, from_on text not null, until_on text, quantity bigint not null, subject_id bigint not null)",
    "create index activity_organisation on activity (organisation_id, held_on)",
    "create index activity_held on activity (held_on, id)",
    "create index activity_amendment_activity on activity_amendment (activity_id)",
    "create unique index duty_excuse_open on duty_excuse (organisation_id, duty, period)",
    "create unique index monthly_theme_month on monthly_theme (organisation_id, month)",
    "create index coverage_organisation on coverage (organisation_id)",
    "create index event_organisation on event (organisation_id, day)",
    "create index event_source on event (source, source_id)",
    "create index event_day on event (day)",
    "create index span_organisation on span (organisation_id, kind)",
    "create index span_source on span (source, source_id)",
];
