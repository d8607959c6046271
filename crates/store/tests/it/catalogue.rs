//! The tables themselves: the same on both databases, the same as the entities, and built by the conventions.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait as _, ColumnType, EntityTrait, IdenStatic as _, Iterable as _};
use sea_orm_migration::MigratorTrait as _;
use store::{Migrator, NEVER_SUPERSEDED, entities, query};

use crate::world::World;

/// `table.column` → kind, with ` null` where it may be absent.
type Catalogue = BTreeMap<String, String>;

on_both! { entities_are_the_tables, conventions_hold, every_reference_is_a_foreign_key }

#[test]
fn both_databases_have_the_same_tables_and_indexes() {
    crate::world::on_postgres(async |postgres: &World| {
        let (tables, indexes) = (catalogue(postgres).await, index_names(postgres).await);
        std::thread::scope(|scope| {
            let compare = scope.spawn(|| {
                crate::world::on_sqlite(async |sqlite: &World| {
                    assert_eq!(catalogue(sqlite).await, tables);
                    assert_eq!(index_names(sqlite).await, indexes);
                });
            });
            compare.join().expect("they are the same");
        });
    });
}

async fn entities_are_the_tables(world: &World) {
    let mut expected = Catalogue::new();
    macro_rules! entities {
        ($($name:ident),+ $(,)?) => { $(describe(entities::$name::Entity, &mut expected);)+ };
    }
    entities!(
        activity,
        activity_amendment,
        affiliation,
        affiliation_transfer,
        appraisal_comment,
        appraisal_report,
        appraisal_session,
        asked_answer,
        asked_column,
        asked_table,
        asked_unit,
        audit,
        audit_check,
        ballot_elector,
        ballot_group,
        ballot_paper,
        ballot_sitting,
        ballot_subject,
        ballot_tally,
        burden,
        burden_approval,
        case_act,
        case_file,
        case_item,
        commit_change,
        commit_head,
        consequence,
        contest_entry,
        contest_judge,
        contest_round,
        contest_score,
        coverage,
        data_key,
        decision,
        department_office,
        department_report,
        directive,
        directive_item,
        draft,
        duty_excuse,
        duty_log_entry,
        evaluation,
        evaluation_row,
        event,
        feedback,
        field_cover,
        figure_view,
        id_block,
        import_chunk,
        import_file,
        import_note,
        import_sheet,
        inspection,
        inspection_draw,
        inspection_member,
        inspection_result,
        inspection_target,
        inspection_team,
        job,
        joint_part,
        joint_report,
        joint_task,
        judged_value,
        judged_waiver,
        ledger_row,
        matter,
        member,
        member_entry,
        member_exemption,
        member_mobile,
        monthly_theme,
        notice,
        organisation,
        organisation_change,
        organisation_finding,
        organisation_path,
        organisation_state,
        organisation_tag,
        organisation_term,
        outbox,
        pack_addition,
        pack_layer,
        party_meeting,
        party_meeting_decision,
        permitted_item,
        person,
        plan_entry,
        post_grant,
        post_grant_organisation,
        post_holding,
        problem,
        programme_review,
        project,
        project_whole,
        research_visit,
        result_export,
        scheme_draft,
        scheme_draft_act,
        selection_entry,
        selection_pair,
        self_check,
        session,
        span,
        stored_file,
        suggestion,
        task,
        tier_target,
        unit,
        unit_income,
        unlisted_demand,
        weak_candidate,
        weak_round,
    );
    let found = catalogue(world).await;
    let missing: Vec<_> = expected.iter().filter(|entry| found.get(entry.0) != Some(entry.1)).collect();
    let extra: Vec<_> = found.iter().filter(|entry| expected.get(entry.0) != Some(entry.1)).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "entities say {missing:#?}\ntables say {extra:#?}\n(a new entity goes into the list of this test)"
    );
}

fn describe<E: EntityTrait>(entity: E, out: &mut Catalogue) {
    for column in E::Column::iter() {
        let definition = column.def();
        let kind = match definition.get_column_type() {
            ColumnType::BigInteger => "number",
            ColumnType::Text | ColumnType::String(_) => "text",
            ColumnType::Blob => "bytes",
            ColumnType::Boolean => "boolean",
            other => panic!("{}.{}: {other:?} is not one of the four kinds", entity.table_name(), column.as_str()),
        };
        let null = if definition.is_null() { " null" } else { "" };
        out.insert(format!("{}.{}", entity.table_name(), column.as_str()), format!("{kind}{null}"));
    }
}

/// A migration that stops half-way leaves nothing, on SQLite too.
#[test]
fn migrations_run_whole_or_not_at_all() {
    let halves: Vec<_> = Migrator::migrations().into_iter().filter(|it| it.use_transaction() != Some(true)).map(|it| it.name().to_owned()).collect();
    assert!(halves.is_empty(), "{halves:?}: `fn use_transaction(&self) -> Option<bool> {{ Some(true) }}`");
}

async fn conventions_hold(world: &World) {
    let columns = catalogue(world).await;
    let indexes = index_names(world).await;
    let mut complaints = Vec::new();
    for (place, kind) in &columns {
        let (table, column) = place.split_once('.').expect("table.column");
        let kind = kind.trim_end_matches(" null");
        let wanted = match column {
            _ if column.ends_with("_on") || column.ends_with("_at") || column.ends_with("_index") => "text",
            _ if column.ends_with("_id") || column.starts_with("n_") || column.ends_with("_fen") || column.ends_with("_by") => "number",
            _ if column.starts_with("is_") || column.starts_with("has_") || column.starts_with("may_") => "boolean",
            _ => kind,
        };
        if kind != wanted {
            complaints.push(format!("{place} is {kind}, by its name it should be {wanted}"));
        }
        if column == "recorded_in" {
            let never = NEVER_SUPERSEDED.contains(&table);
            if never == columns.contains_key(&format!("{table}.superseded_in")) {
                complaints.push(format!("{table}: either it has `superseded_in`, or it stands in NEVER_SUPERSEDED"));
            }
            for index in [format!("{table}_pending"), format!("{table}_superseding")].iter().take(if never { 1 } else { 2 }) {
                if !indexes.contains(index) {
                    complaints.push(format!("{table}: no partial index {index} for stamping"));
                }
            }
        }
        if column == "from_on" && !columns.keys().any(|other| other.starts_with(&format!("{table}.until"))) {
            complaints.push(format!("{table} says from when, not until when"));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// Columns that name a row of another table, by their names.
const REFERENCES: &[(&str, &str)] = &[
    ("organisation_id", "organisation"),
    ("ancestor_id", "organisation"),
    ("descendant_id", "organisation"),
    ("parent_id", "organisation"),
    ("root_id", "organisation"),
    ("other_id", "organisation"),
    ("from_id", "organisation"),
    ("to_id", "organisation"),
    ("issuer_id", "organisation"),
    ("member_id", "member"),
    ("person_id", "person"),
    ("actor_id", "person"),
    ("grant_id", "post_grant"),
    ("unit_id", "unit"),
    ("activity_id", "activity"),
    ("evaluation_id", "evaluation"),
    ("plan_entry_id", "plan_entry"),
    ("round_id", "weak_round"),
    ("entry_id", "selection_entry"),
    ("case_id", "case_file"),
    ("about_id", "organisation"),
    ("sitting_id", "ballot_sitting"),
    ("elector_id", "ballot_elector"),
    ("case_item_id", "case_item"),
    ("recurs_id", "problem"),
    ("feedback_id", "feedback"),
    ("served_id", "organisation"),
    ("origin_case_id", "case_file"),
    ("project_whole_id", "project_whole"),
    ("superseded_by", "field_cover"),
    ("replaced_by", "tier_target"),
    ("department_office_id", "department_office"),
    ("task_id", "task"),
    ("joint_task_id", "joint_task"),
    ("joint_part_id", "joint_part"),
    ("party_meeting_id", "party_meeting"),
    ("directive_id", "directive"),
    ("draft_id", "scheme_draft"),
    ("item_id", "directive_item"),
    ("merged_into", "directive_item"),
    ("whole_id", "task"),
    ("job_id", "job"),
    ("import_id", "job"),
    ("file_id", "import_file"),
    ("sheet_id", "import_sheet"),
    ("inspection_id", "inspection"),
    ("draw_id", "inspection_draw"),
    ("team_id", "inspection_team"),
    ("target_id", "inspection_target"),
    ("problem_id", "problem"),
    ("office_id", "organisation"),
    ("table_id", "asked_table"),
    ("from_table_id", "asked_table"),
    ("column_id", "asked_column"),
    ("session_id", "appraisal_session"),
    ("report_id", "appraisal_report"),
    ("ballot_sitting_id", "ballot_sitting"),
    ("round_id", "contest_round"),
    ("entry_id", "contest_entry"),
    ("entered_from_id", "contest_entry"),
    ("judge_id", "contest_judge"),
];
/// Where there is none, and why.
const WITHOUT_KEY: &[(&str, &str)] = &[
    ("audit.organisation_id", "the chain outlives what it tells of"),
    ("audit.actor_id", "the chain outlives what it tells of"),
    ("audit.subject_id", "a row of the table that `subject` names"),
    ("commit_change.organisation_id", "written by every commit, read by machines"),
    ("commit_change.source_id", "a record of the kind that `source` names"),
    ("event.organisation_id", "derived, many millions"),
    ("event.source_id", "a record of the kind that `source` names"),
    ("event.subject_id", "a member, a unit or nothing, by the kind of fact"),
    ("span.organisation_id", "derived, many millions"),
    ("span.source_id", "a record of the kind that `source` names"),
    ("span.subject_id", "a member, a unit or nothing, by the kind of fact"),
    ("burden.source_id", "a record of the kind that `source` names"),
    ("ballot_tally.subject_id", "tied to ballot_subject; in other tables a subject is a row of many kinds"),
    ("case_file.subject_id", "a record of the kind that `subject_kind` names"),
    ("burden_approval.subject_id", "a record of the kind that `kind` names"),
    ("problem.origin_id", "a record of the kind that `origin` names"),
];

async fn every_reference_is_a_foreign_key(world: &World) {
    let found = foreign_keys(world).await;
    let columns = catalogue(world).await;
    let mut complaints = Vec::new();
    for place in columns.keys() {
        let (_, column) = place.split_once('.').expect("table.column");
        let target = REFERENCES.iter().find(|(name, _)| *name == column).map(|(_, target)| *target);
        if target.is_none() && !column.ends_with("_id") {
            continue;
        }
        // A column of this name may lead to one of several tables.
        let targets = REFERENCES.iter().filter(|(name, _)| *name == column);
        let is_tied = targets.map(|(_, target)| target).any(|target| found.contains(&format!("{place} → {target}")));
        let is_excepted = WITHOUT_KEY.iter().any(|(excepted, _)| excepted == place);
        if is_tied == is_excepted {
            let target = target.unwrap_or("TABLE");
            complaints.push(format!("{place}: references {target} (`{{of {target}}}` in the migration, the column in REFERENCES), or stands in WITHOUT_KEY with the reason"));
        }
    }
    complaints.extend(
        WITHOUT_KEY.iter().filter(|(place, _)| !columns.contains_key(*place)).map(|(place, _)| format!("{place} is in WITHOUT_KEY and nowhere else")),
    );
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

async fn catalogue(world: &World) -> Catalogue {
    let sql = match world.store.backend {
        store::Backend::Sqlite => {
            "select m.name as tab, c.name as col, lower(c.type) as kind, case when c.\"notnull\" = 1 or c.pk > 0 then 0 else 1 end as may_be_null from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite_%' and m.name <> 'seaql_migrations' order by 1, 2"
        }
        store::Backend::Postgres => {
            "select table_name::text as tab, column_name::text as col, data_type::text as kind, case when is_nullable = 'YES' then 1 else 0 end as may_be_null from information_schema.columns where table_schema = 'public' and table_name <> 'seaql_migrations' order by 1, 2"
        }
    };
    let rows = query(world.store.reader(), sql, []).await.expect("a catalogue");
    rows.iter()
        .map(|row| {
            let (table, column, kind): (String, String, String) =
                (row.try_get("", "tab").expect("text"), row.try_get("", "col").expect("text"), row.try_get("", "kind").expect("text"));
            let kind = match kind.as_str() {
                "integer" | "bigint" => "number",
                "blob" | "bytea" => "bytes",
                other => other,
            };
            let may_be_null: i32 = row.try_get("", "may_be_null").expect("a number");
            (format!("{table}.{column}"), format!("{kind}{}", if may_be_null == 1 { " null" } else { "" }))
        })
        .collect()
}

async fn index_names(world: &World) -> BTreeSet<String> {
    let sql = match world.store.backend {
        store::Backend::Sqlite => "select name from sqlite_master where type = 'index' and sql is not null",
        store::Backend::Postgres => {
            "select c.relname::text from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u'))"
        }
    };
    world.texts(sql).await.into_iter().collect()
}

async fn foreign_keys(world: &World) -> BTreeSet<String> {
    let sql = match world.store.backend {
        store::Backend::Sqlite => {
            "select m.name || '.' || f.\"from\" || ' → ' || f.\"table\" from sqlite_master m join pragma_foreign_key_list(m.name) f where m.type = 'table'"
        }
        store::Backend::Postgres => {
            "select t.relname || '.' || a.attname || ' → ' || r.relname from pg_constraint k join pg_class t on t.oid = k.conrelid join pg_class r on r.oid = k.confrelid join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1] where k.contype = 'f'"
        }
    };
    world.texts(sql).await.into_iter().collect()
}
