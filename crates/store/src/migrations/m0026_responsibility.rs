//! Who answers for what: fields covered by members of a committee, offices of departments with what they report, tasks that several
//! departments share, meetings of committees on Party building with what they decided, and what a secretary writes by hand.

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
    // A span is never changed: what ends it, or corrects it, is a row of its own that supersedes.
    "create table field_cover (id {id} primary key, organisation_id bigint not null {of organisation}, field text not null, name text not null, from_on text not null, until_on text, source text not null, recorded_by bigint, recorded_at text not null, superseded_by bigint {of field_cover})",
    "create unique index field_cover_open on field_cover (organisation_id, field) where until_on is null and superseded_by is null",
    "create table department_office (id {id} primary key, department text not null, organisation_id bigint not null {of organisation}, name text not null, from_on text not null, until_on text, registered_by bigint, ended_by bigint)",
    "create unique index department_office_open on department_office (department, organisation_id) where until_on is null",
    "create table department_report (id {id} primary key, department_office_id bigint not null {of department_office}, duty text not null, period text not null, result text not null, evidence text not null, reported_by bigint, reported_at text not null)",
    "create unique index department_report_once on department_report (department_office_id, duty, period)",
    "create table joint_task (id {id} primary key, task_id bigint not null {of task}, department_office_id bigint not null {of department_office}, named_by bigint, named_at text not null)",
    "create unique index joint_task_once on joint_task (task_id)",
    "create index joint_task_lead on joint_task (department_office_id)",
    "create table joint_part (id {id} primary key, joint_task_id bigint not null {of joint_task}, department_office_id bigint not null {of department_office}, part text not null, due_on text not null, delivered_on text)",
    "create unique index joint_part_once on joint_part (joint_task_id, department_office_id)",
    "create index joint_part_office on joint_part (department_office_id)",
    // `outcome`: accepted or returned by the lead; none: it waits.
    "create table joint_report (id {id} primary key, joint_part_id bigint not null {of joint_part}, result text not null, evidence text not null, reported_by bigint, reported_on text not null, outcome text, word text not null, decided_by bigint, decided_on text)",
    "create index joint_report_part on joint_report (joint_part_id)",
    "create table party_meeting (id {id} primary key, organisation_id bigint not null {of organisation}, held_on text not null, chair text not null, agenda text not null, directive_id bigint not null {of directive}, recorded_by bigint, recorded_at text not null)",
    "create index party_meeting_organisation on party_meeting (organisation_id, held_on)",
    "create table party_meeting_decision (id {id} primary key, party_meeting_id bigint not null {of party_meeting}, position bigint not null, text text not null, task_id bigint not null {of task})",
    "create index party_meeting_decision_of on party_meeting_decision (party_meeting_id, position)",
    "create unique index party_meeting_decision_task on party_meeting_decision (task_id)",
    "create table duty_log_entry (id {id} primary key, organisation_id bigint not null {of organisation}, done_on text not null, what text not null, written_by bigint, written_at text not null, withdrawn_on text)",
    "create index duty_log_entry_organisation on duty_log_entry (organisation_id, done_on)",
];
