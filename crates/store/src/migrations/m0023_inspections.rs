//! Inspections: opened on a line of the plan, drawn or chosen, gone through on site; visits of cadres, and which places come first.

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
    // `population`: codes of a frozen population, a line each; empty where nothing is drawn. `n_wanted`: how many are drawn.
    "create table inspection (id {id} primary key, plan_entry_id bigint not null {of plan_entry}, kind text not null, mode text not null, pack_version text not null, organisation_id bigint not null {of organisation}, title text not null, topic text not null, from_on text not null, until_on text not null, opened_on text not null, opened_by bigint, population text not null, fingerprint text not null, n_wanted bigint not null, report_on text, closed_on text)",
    "create index inspection_plan on inspection (plan_entry_id)",
    "create index inspection_from on inspection (from_on, id)",
    // A draw: the parts of its seed; set aside as a whole it stays with its reason. `drawn_on` is empty while a part is missing.
    "create table inspection_draw (id {id} primary key, inspection_id bigint not null {of inspection}, first_part text not null, first_by bigint, second_part text not null, second_by bigint, public_source text not null, public_on text, drawn_on text, aside_reason text)",
    "create index inspection_draw_of on inspection_draw (inspection_id, id)",
    "create table inspection_team (id {id} primary key, inspection_id bigint not null {of inspection}, name text not null)",
    "create index inspection_team_of on inspection_team (inspection_id, id)",
    // `from_id`: the unit of the level at which crossing is kept that this person comes from.
    "create table inspection_member (id {id} primary key, inspection_id bigint not null {of inspection}, team_id bigint not null {of inspection_team}, person_id bigint not null {of person}, name text not null, from_id bigint {of organisation})",
    "create unique index inspection_member_of on inspection_member (inspection_id, person_id)",
    "create index inspection_member_person on inspection_member (person_id)",
    "create table inspection_target (id {id} primary key, inspection_id bigint not null {of inspection}, organisation_id bigint not null {of organisation}, draw_id bigint {of inspection_draw}, draw_rank bigint, draw_key text not null, aside_reason text, team_id bigint {of inspection_team}, opened_on text, opened_by bigint, handed_in_on text, handed_in_by bigint)",
    "create index inspection_target_of on inspection_target (inspection_id, id)",
    "create index inspection_target_organisation on inspection_target (organisation_id, handed_in_on)",
    // What was found: `item` is the key of the checklist's item, empty of what was found beside it; `figure` what the product said.
    "create table inspection_result (id {id} primary key, target_id bigint not null {of inspection_target}, item text not null, name text not null, verdict text not null, figure text not null, note text not null, owner text not null, due_on text, problem_type text not null, problem_id bigint {of problem})",
    "create index inspection_result_of on inspection_result (target_id, id)",
    "create index inspection_result_problem on inspection_result (problem_id)",
    // A visit without a question and without advice is its visitor's alone and counts nowhere. `n_first_left`: places that should have
    // been visited before and were not.
    "create table research_visit (id {id} primary key, organisation_id bigint not null {of organisation}, office_id bigint not null {of organisation}, person_id bigint not null {of person}, visited_on text not null, advice text not null, promises text not null, is_counted boolean not null, n_first_left bigint not null, recorded_at text not null)",
    "create index research_visit_office on research_visit (office_id, visited_on)",
    "create index research_visit_organisation on research_visit (organisation_id, visited_on)",
    "create index research_visit_person on research_visit (person_id, visited_on)",
    "create table organisation_tag (id {id} primary key, organisation_id bigint not null {of organisation}, tag text not null, reason text not null, office_id bigint not null {of organisation}, from_on text not null, until_on text, tagged_by bigint, ended_by bigint)",
    "create unique index organisation_tag_open on organisation_tag (organisation_id, tag) where until_on is null",
];
