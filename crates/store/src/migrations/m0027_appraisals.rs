//! Reports of secretaries with their comments and grades; contests with their rounds, entries, judges and scores.

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
    "create table appraisal_session (id {id} primary key, appraisal text not null, pack_version text not null, organisation_id bigint not null {of organisation}, year bigint not null, title text not null, plan_entry_id bigint not null {of plan_entry}, due_on text not null, case_id bigint not null {of case_file}, ballot_sitting_id bigint {of ballot_sitting}, opened_on text not null, published_on text, closed_on text)",
    "create unique index appraisal_session_plan_entry on appraisal_session (plan_entry_id, organisation_id)",
    "create unique index appraisal_session_case on appraisal_session (case_id)",
    "create index appraisal_session_organisation on appraisal_session (organisation_id, year)",
    "create index appraisal_session_ballot_sitting on appraisal_session (ballot_sitting_id)",
    // `body`: the typed sections, the answers to last year's problems and the appendix, frozen when it is handed in.
    "create table appraisal_report (id {id} primary key, session_id bigint not null {of appraisal_session}, organisation_id bigint not null {of organisation}, is_oral boolean not null, secretary text not null, body text not null, handed_in_on text, handed_in_by bigint {of person}, is_late boolean not null, ballot_share text, assessment_share text, points text, grade text not null, list_filed_on text)",
    "create unique index appraisal_report_session on appraisal_report (session_id, organisation_id)",
    "create index appraisal_report_organisation on appraisal_report (organisation_id)",
    "create index appraisal_report_handed_in_by on appraisal_report (handed_in_by)",
    // What was said about a report; a problem of it, once filed, is a row of the ledger.
    "create table appraisal_comment (id {id} primary key, report_id bigint not null {of appraisal_report}, kind text not null, text text not null, said_by bigint {of person}, said_on text not null, problem_id bigint {of problem})",
    "create index appraisal_comment_report on appraisal_comment (report_id)",
    "create index appraisal_comment_said_by on appraisal_comment (said_by)",
    "create index appraisal_comment_problem on appraisal_comment (problem_id)",
    "create table contest_round (id {id} primary key, contest text not null, pack_version text not null, organisation_id bigint not null {of organisation}, level text not null, year_from bigint not null, year_until bigint not null, title text not null, held_on text not null, case_id bigint not null {of case_file}, opened_on text not null, published_on text)",
    "create unique index contest_round_case on contest_round (case_id)",
    "create unique index contest_round_of on contest_round (contest, organisation_id, year_from)",
    // `evidence`: the unit's figures of the day on which it entered. `entered_from_id`: the entry of the round before by which it came up.
    "create table contest_entry (id {id} primary key, round_id bigint not null {of contest_round}, organisation_id bigint not null {of organisation}, name text not null, presentation text not null, evidence text not null, entered_by bigint {of person}, entered_on text not null, entered_from_id bigint {of contest_entry}, score text, place bigint, is_up boolean not null, practice text not null)",
    "create unique index contest_entry_round on contest_entry (round_id, organisation_id)",
    "create index contest_entry_organisation on contest_entry (organisation_id)",
    "create index contest_entry_entered_by on contest_entry (entered_by)",
    "create index contest_entry_entered_from on contest_entry (entered_from_id)",
    "create table contest_judge (id {id} primary key, round_id bigint not null {of contest_round}, person_id bigint not null {of person}, unit text not null, absent_reason text not null)",
    "create unique index contest_judge_round on contest_judge (round_id, person_id)",
    "create index contest_judge_person on contest_judge (person_id)",
    // What a judge gave an entry: written once.
    "create table contest_score (id {id} primary key, entry_id bigint not null {of contest_entry}, judge_id bigint not null {of contest_judge}, points bigint not null, remark text not null)",
    "create unique index contest_score_once on contest_score (entry_id, judge_id)",
    "create index contest_score_judge on contest_score (judge_id)",
];
