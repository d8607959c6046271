//! What waits for somebody beside the steps of a session: reports to be written, problems to be handed over.

use jiff::civil::Date;
use policy::Capability;
use store::{Actor, OrgId};

use super::{RECTIFYING, REPORTING, VOTING, rows, see};
use crate::app::App;
use crate::http::view::{Link, WaitingItem};

fn listed(ids: &[OrgId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Reports that somebody owes; ballots and lists of problems that his office owes.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting_items(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let reader = app.store().reader();
    let over = |due: Date| i64::from((today - due).get_days()).max(0);
    let mut items = Vec::new();
    let units = see::places_of(actor, Capability::ReportInAppraisals);
    if !units.is_empty() {
        let condition = format!(
            "r.handed_in_on is null and r.organisation_id in ({}) and exists (select 1 from appraisal_session s join case_file c on c.id = s.case_id where s.id = r.session_id and c.stage = '{REPORTING}')",
            listed(&units)
        );
        for it in rows::reports(reader, &condition, Vec::new()).await? {
            let Some(session) = rows::session(reader, it.session).await? else { continue };
            items.push(WaitingItem {
                icon: "microphone",
                title: format!("{} · {}", app.directory().name_of(it.organisation), session.title),
                note: format!("{}，{} 前交述职报告", it.way(), session.due_on),
                since: session.opened_on,
                over: over(session.due_on),
                act: Link::new("写述职报告", format!("{}/write", it.address())),
            });
        }
    }
    let offices = see::places_of(actor, Capability::HoldAppraisals);
    if offices.is_empty() {
        return Ok(items);
    }
    let condition = format!("s.organisation_id in ({}) and c.stage in ('{VOTING}', '{RECTIFYING}')", listed(&offices));
    for session in rows::sessions(reader, &condition, Vec::new()).await? {
        let (note, act) = if session.stage == RECTIFYING {
            let n = rows::reports_of(reader, session.id).await?.iter().filter(|it| it.list_filed_on.is_none()).count();
            if n == 0 {
                continue;
            }
            (format!("还有 {n} 位书记的问题清单没有列入问题台账"), Link::new("列问题清单", session.address()))
        } else if session.ballot_sitting.is_none() {
            ("点评结束，请组织测评".to_owned(), Link::new("组织测评", format!("{}/ballot", session.address())))
        } else {
            continue;
        };
        items.push(WaitingItem { icon: "microphone", title: session.title.clone(), note, since: session.opened_on, over: 0, act });
    }
    Ok(items)
}
