//! Who may vote at a meeting, how many of them came, and whether that is enough (quorum and majority of the pack).

use jiff::civil::Date;
use policy::{Activity as Kind, Pack, Ratio};

use super::model::{Attendance, Decision, NewActivity};
use super::roster::Roster;

/// The vote of one meeting. Leave and exemption leave the rate of attendance, not the number of those who vote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// 有表决权的党员, 委员.
    pub who: &'static str,
    pub n_voters: i64,
    /// How many must be there.
    pub n_needed: i64,
    /// How many must be in favour; `None`: nothing is counted.
    pub n_in_favour: Option<i64>,
}

impl Vote {
    /// The vote of a kind of meeting on a day; `None`: the kind has no quorum, nobody on the roster votes, or not
    /// all of them are known.
    #[must_use]
    pub fn of(pack: &Pack, rule: &Kind, roster: &Roster, on: Date) -> Option<Self> {
        let voters = rule.voters.filter(|voters| roster.is_complete(*voters, on))?;
        let n_voters = i64::try_from(roster.people(voters, on).count()).ok().filter(|n| *n > 0)?;
        let of_voters = |key: &policy::Key| Some(pack.share(key, on)? * Ratio::from_integer(n_voters.into()));
        let whole = |ratio: Ratio| i64::try_from(ratio.to_integer()).ok();
        Some(Self {
            who: if voters == policy::Roster::Committee { "委员" } else { "有表决权的党员" },
            n_voters,
            n_needed: whole(of_voters(rule.quorum.as_ref()?)?.ceil())?,
            n_in_favour: rule.majority.as_ref().and_then(|key| whole(of_voters(key)?.floor() + Ratio::from_integer(1))),
        })
    }

    /// Voters who came, by the names of a record; `None`: there are head counts only.
    #[must_use]
    pub fn present(rule: &Kind, roster: &Roster, attendance: &Attendance, on: Date) -> Option<i64> {
        let (Attendance::Names { absences, .. }, Some(voters)) = (attendance, rule.voters) else { return None };
        let came = roster.people(voters, on).filter(|person| absences.iter().all(|absence| absence.member_id != person.member_id));
        i64::try_from(came.count()).ok()
    }

    /// What is asked, for whoever fills in the page: 有表决权的党员 16 人（请假的也算在内），到会满 8 人才能表决，赞成满 9 人通过.
    #[must_use]
    pub fn asked(&self) -> String {
        let Self { who, n_voters, n_needed, n_in_favour } = self;
        match n_in_favour {
            Some(n) => format!("{who} {n_voters} 人（请假、免于参加的也算在内）：到会满 {n_needed} 人才能表决，赞成满 {n} 人为通过。"),
            None => format!("{who} {n_voters} 人（请假的也算在内）：到会满 {n_needed} 人才能开会。"),
        }
    }

    /// How it went.
    #[must_use]
    pub fn outcome(&self, n_present: i64) -> String {
        let Self { who, n_voters, n_needed, n_in_favour } = self;
        let enough = match (n_present >= *n_needed, n_in_favour) {
            (true, Some(_)) => "可以表决",
            (true, None) => "符合开会人数",
            (false, Some(_)) => "不能表决",
            (false, None) => "不够开会人数",
        };
        format!("{who} {n_voters} 人（请假、免于参加的也算在内），到会 {n_present} 人，至少要 {n_needed} 人，{enough}。")
    }
}

/// Why a record cannot stand as it is, with its field: too few came to meet or to decide, or too few were in favour.
pub(super) fn refused(pack: &Pack, record: &NewActivity, roster: Option<&Roster>) -> Option<(&'static str, String)> {
    let (rule, roster) = (pack.activities.get(&record.kind)?, roster?);
    let vote = Vote::of(pack, rule, roster, record.held_on)?;
    // Of head counts one knows only that no more voters came than people.
    let n_present = match record.attendance {
        Attendance::Names { .. } => Vote::present(rule, roster, &record.attendance, record.held_on)?,
        Attendance::Counts { n_present, .. } => n_present,
    };
    let Vote { who, n_voters, n_needed, n_in_favour } = &vote;
    if n_present < *n_needed {
        return match n_in_favour {
            None => Some((
                "attendance",
                format!("到会{who} {n_present} 人，不到 {n_needed} 人（共 {n_voters} 人），会议不能召开。请核对日期和名单；没有开成的不用记。"),
            )),
            Some(_) if !record.decisions.is_empty() => Some((
                "decisions",
                format!(
                    "到会{who} {n_present} 人，不到 {n_needed} 人（共 {n_voters} 人，请假的也算在内），不能表决。请核对名单，或者去掉决定事项，下次会议再定。"
                ),
            )),
            Some(_) => None,
        };
    }
    let needed = (*n_in_favour)?;
    let wrong = |of: &&Decision| of.n_for.is_some_and(|n| n > n_present || n < needed);
    record.decisions.iter().find(wrong).map(|of| {
        let n = of.n_for.unwrap_or_default();
        let sentence = if n > n_present {
            format!("“{}”赞成 {n} 人，多于到会的{who} {n_present} 人，请核对。", of.text)
        } else {
            format!("“{}”赞成 {n} 人，没有超过{who} {n_voters} 人的规定比例（要 {needed} 人），没有通过，不能记为决定；表决情况请写进纪要。", of.text)
        };
        ("decisions", sentence)
    })
}
