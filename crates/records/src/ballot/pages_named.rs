//! The form in which named papers are entered: one line per elector of the group and subject.

use policy::Ballot;
use store::OrgId;

use super::NamedPaper;
use super::named::who_voted_what;
use super::pages::name_of_vote;
use super::rows::{self, Sitting};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::submitted::Submitted;
use crate::http::view::Choice;
use crate::http::visit::Visit;

/// A vote that says nothing, as the form sends it.
const NONE: &str = "none";
/// How the same is written where points are typed.
const ABSTAINED: &str = "弃权";

fn field_of(elector: i64, organisation: OrgId) -> String {
    format!("v.{elector}.{organisation}")
}

/// Lines for all electors of a group.
pub(super) async fn papers_form(
    visit: &Visit,
    sitting: &Sitting,
    ballot: &Ballot,
    group: &str,
    form: &Form,
    page: ActionPage,
) -> Result<ActionPage, Failure> {
    let reader = visit.app.store().reader();
    let subjects = rows::subjects(reader, sitting.id).await?;
    let mut page = page.with(Control::Input(form.field("issued", "发出").hint("不超过名单上的人数"), "number"));
    for elector in rows::electors(reader, sitting.id).await?.into_iter().filter(|it| it.group == group) {
        for subject in &subjects {
            let name = field_of(elector.id, subject.organisation);
            let who = format!("{}（{}）", elector.name, elector.login);
            let label = if subjects.len() == 1 { who } else { format!("{who}：{}", visit.app.directory().name_of(subject.organisation)) };
            let field = form.field(&name, &label).optional();
            if ballot.options.is_empty() {
                let hint = format!("{} 到 {} 分；没有交票的不填，弃权、填错的写“{ABSTAINED}”", ballot.scale.from, ballot.scale.to);
                page = page.with(Control::Input(field.hint(hint), "text"));
                continue;
            }
            let now = form.text(&name).to_owned();
            let choice = |value: String, label: String| Choice { selected: value == now, value, label };
            let options = ballot.options.iter().map(|it| choice(it.vote.to_string(), name_of_vote(ballot, it.vote)));
            let first = [choice(String::new(), "没有交票".to_owned()), choice(NONE.to_owned(), "弃权或者无效".to_owned())];
            page = page.with(Control::Select(field, first.into_iter().chain(options).collect()));
        }
    }
    Ok(page.note("这次是记名投票：组织测评的单位和核定的上级看得到谁投了什么，被测评的党组织看不到。"))
}

/// What was entered before, as it stands in the form.
pub(super) async fn entered(visit: &Visit, sitting: &Sitting, ballot: &Ballot) -> Result<Vec<(String, String)>, Failure> {
    let reader = visit.app.store().reader();
    let subjects = rows::subjects(reader, sitting.id).await?;
    let papers = who_voted_what(&visit.app, reader, sitting, ballot).await?;
    let none = if ballot.options.is_empty() { ABSTAINED } else { NONE };
    let said = |vote: &Option<i64>| vote.map_or_else(|| none.to_owned(), |vote| vote.to_string());
    let of = |(elector, votes): &(i64, Vec<Option<i64>>)| {
        subjects.iter().zip(votes).map(|(subject, vote)| (field_of(*elector, subject.organisation), said(vote))).collect::<Vec<_>>()
    };
    Ok(papers.iter().flat_map(of).collect())
}

/// Reads the papers, whoever they name: whether he may vote, and but once, is asked where they are taken in. `None`: something is wrong,
/// and said in the form.
pub(super) fn papers_of_form(ballot: &Ballot, sent: &Submitted, form: &mut Form) -> Option<(i64, Vec<NamedPaper>)> {
    let n_issued = form.whole("issued");
    if n_issued.is_none() {
        form.problem("issued", "请填张数，没有的填 0");
    }
    let mut papers: Vec<NamedPaper> = Vec::new();
    let mut blank: Vec<(i64, String)> = Vec::new();
    for (name, values) in sent.fields() {
        let ids = name.strip_prefix("v.").and_then(|rest| rest.split_once('.'));
        let Some((elector, organisation)) = ids.and_then(|(elector, org)| Some((elector.parse::<i64>().ok()?, org.parse::<OrgId>().ok()?))) else {
            continue;
        };
        // The same line sent twice is a second paper.
        for (nth, value) in values.iter().enumerate() {
            let vote = match value.trim() {
                "" => {
                    blank.push((elector, name.clone()));
                    continue;
                }
                NONE | ABSTAINED => None,
                text => match text.parse::<i64>() {
                    Ok(vote) => Some(vote),
                    Err(_) => {
                        let how = if ballot.options.is_empty() { "请填整数的分数，弃权、填错的写“弃权”" } else { "请选" };
                        form.problem(name, how);
                        continue;
                    }
                },
            };
            let at = papers.iter().enumerate().filter(|(_, paper)| paper.elector == elector).map(|(at, _)| at).nth(nth);
            match at {
                Some(at) => papers[at].votes.push((organisation, vote)),
                None => papers.push(NamedPaper { elector, votes: vec![(organisation, vote)] }),
            }
        }
    }
    // A paper that says something of one says something of all; where it does not, that is entered, too.
    for (elector, name) in blank {
        if papers.iter().any(|paper| paper.elector == elector) {
            form.problem(&name, "这张票没有录全，弃权、填错的也请选出来");
        }
    }
    n_issued.filter(|_| form.is_right()).map(|n_issued| (n_issued, papers))
}
