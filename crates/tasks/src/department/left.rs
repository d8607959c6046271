//! What departments have not delivered: by the end of a period, or by today while it runs.

use jiff::civil::Date;
use policy::{Capability, Key, Pack, Per, Period};
use store::{Actor, OrgId};

use super::acts_for;
use super::rows::{self, DutyReport, Office};
use crate::app::App;

/// One thing that a department owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub office: i64,
    pub office_name: String,
    pub department: Key,
    pub organisation: OrgId,
    /// A part of a task, or a standing duty.
    pub is_part: bool,
    pub what: String,
    /// The task that it belongs to, or the period.
    pub of: String,
    pub due_on: Date,
    /// Done later than the list's last day.
    pub done_on: Option<Date>,
    pub href: String,
}

/// How often the list is made up.
#[must_use]
pub fn per(pack: &Pack, on: Date) -> Per {
    pack.text("undelivered_list_per", on).and_then(|text| serde_json::from_value(text.into()).ok()).unwrap_or(Per::Quarter)
}

/// Offices that somebody sees: within reach of the register, and those that he acts for.
///
/// # Errors
/// When the database cannot be read.
pub async fn seen(app: &App, actor: &Actor, condition: &str) -> anyhow::Result<Vec<Office>> {
    let mut found = rows::offices(app.store().reader(), condition, Vec::new()).await?;
    let scope = actor.scope(Capability::ViewResponsibility);
    let (pack, directory) = (app.pack(), app.directory());
    found.retain(|office| directory.is_visible(&scope, office.organisation) || acts_for(&pack, actor, office));
    Ok(found)
}

/// The day from which an office owes a duty: since it stands, and since the duty does.
pub(super) fn owed_since(office: &Office, duty: &policy::DepartmentDuty) -> Date {
    duty.from.map_or(office.from, |from| from.max(office.from))
}

/// The periods since a day in which a standing duty was owed before another and by the end of a list: those that are over, newest first.
fn owed(since: Date, per: Per, listed: Period, today: Date) -> Vec<Period> {
    let last = listed.last_day();
    let mut found = Vec::new();
    let mut period = Period::containing(last, per);
    while period.last_day() >= since {
        if period.last_day() <= last && period.last_day() < today {
            found.push(period);
        }
        period = period.previous();
    }
    found
}

/// Whether a duty stands on a list: what fell due within its period and was not done by its day; what fell due before, as long as it is open.
fn is_left(due: Period, done_on: Option<Date>, listed: Period, until: Date) -> bool {
    let is_earlier = due.last_day() < listed.from();
    done_on.is_none_or(|day| day > if is_earlier { until } else { due.last_day() })
}

/// What offices did not deliver by the end of a period, whenever it fell due, as far as somebody sees it: of offices within reach, and of tasks that his own
/// units handed down.
///
/// # Errors
/// When the database cannot be read.
pub async fn left(app: &App, actor: &Actor, period: Period, today: Date) -> anyhow::Result<Vec<Left>> {
    let reader = app.store().reader();
    let offices = seen(app, actor, "true").await?;
    let ids: Vec<i64> = offices.iter().map(|office| office.id).collect();
    let is_whole = |set: &store::OrganisationSet| set.fields.is_empty() && set.case_id.is_none();
    let places: Vec<OrgId> =
        actor.grants_with(Capability::IssueTasks).filter(|grant| is_whole(&grant.set)).filter_map(|grant| grant.set.root).collect();
    let until = period.last_day().min(today);
    let condition = format!(
        "p.due_on <= $1 and (p.delivered_on is null or p.delivered_on > $1) and (p.department_office_id in ({}) or t.issuer_id in ({}))",
        rows::listed(&ids),
        rows::listed(&places)
    );
    let parts = rows::parts(reader, &condition, vec![until.to_string().into()]).await?;
    let mut found: Vec<Left> = parts
        .into_iter()
        .filter(|part| part.due_on < today)
        .map(|part| Left {
            office: part.office,
            office_name: part.office_name,
            department: part.department,
            organisation: part.office_organisation,
            is_part: true,
            what: part.part,
            of: part.action,
            due_on: part.due_on,
            done_on: part.delivered_on,
            href: format!("/departments/parts/{}", part.id),
        })
        .collect();
    let reports = rows::reported(reader, &ids).await?;
    let pack = app.pack();
    for office in offices.iter().filter(|office| office.until.is_none_or(|until| until > period.from())) {
        for duty in pack.departments.get(&office.department).into_iter().flat_map(|department| &department.duties) {
            for due in owed(owed_since(office, duty), duty.per, period, today) {
                let report = reports.iter().find(|it: &&DutyReport| it.office == office.id && it.duty == duty.key && it.period == due);
                if !is_left(due, report.map(|report| report.on), period, until) {
                    continue;
                }
                found.push(Left {
                    office: office.id,
                    office_name: office.name.clone(),
                    department: office.department.clone(),
                    organisation: office.organisation,
                    is_part: false,
                    what: duty.name.clone(),
                    of: due.label(),
                    due_on: due.last_day(),
                    done_on: report.map(|report| report.on),
                    href: format!("/departments/{}", office.id),
                });
            }
        }
    }
    found.sort_by(|a, b| (&a.department, &a.office_name, a.due_on, &a.href).cmp(&(&b.department, &b.office_name, b.due_on, &b.href)));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn periods_before_the_office_stood_are_not_owed() {
        let year = Period::year(2026);
        let said = |per, today| owed(date(2026, 5, 1), per, year, today).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(said(Per::Quarter, date(2026, 11, 20)), ["2026-Q3", "2026-Q2"]);
        assert_eq!(said(Per::HalfYear, date(2026, 6, 30)), [""; 0], "a period is owed when it is over");
        assert_eq!(said(Per::Year, date(2027, 1, 1)), ["2026"]);
    }

    #[test]
    fn a_duty_is_owed_since_it_and_the_office_stand() {
        let office = Office { id: 1, department: "publicity".into(), organisation: 1, name: "宣传部".into(), from: date(2026, 1, 1), until: None };
        let duty = |from| policy::DepartmentDuty {
            key: "brief".into(),
            name: "通报".into(),
            per: Per::Quarter,
            from,
            cite: policy::Cite { doc: "example".into(), clause: None, quote: None },
        };
        assert_eq!(owed_since(&office, &duty(None)), date(2026, 1, 1));
        assert_eq!(owed_since(&office, &duty(Some(date(2026, 7, 1)))), date(2026, 7, 1));
        assert_eq!(owed_since(&office, &duty(Some(date(2025, 7, 1)))), date(2026, 1, 1));
    }

    #[test]
    fn what_fell_due_before_stays_on_the_list_until_it_is_done() {
        let fourth = Period::containing(date(2026, 11, 20), Per::Quarter);
        let owed: Vec<String> = owed(date(2026, 1, 1), Per::Quarter, fourth, date(2027, 1, 5)).iter().map(ToString::to_string).collect();
        assert_eq!(owed, ["2026-Q4", "2026-Q3", "2026-Q2", "2026-Q1"]);
        let second = Period::containing(date(2026, 5, 1), Per::Quarter);
        let listed = |done_on| is_left(second, done_on, fourth, date(2026, 11, 20));
        assert!(listed(None));
        assert!(!listed(Some(date(2026, 9, 1))), "made up since");
        assert!(listed(Some(date(2026, 12, 1))), "open on the last day of the list");
        assert!(is_left(second, Some(date(2026, 9, 1)), second, date(2026, 6, 30)), "late within its own period stays late");
    }
}
