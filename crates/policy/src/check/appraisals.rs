//! Reports of secretaries can be graded, rounds of contests judged and followed by the next.

use num_traits::{One, Zero};

use super::Checker;
use super::schemes::share;
use crate::Ratio;

pub(super) fn check(checker: &mut Checker<'_>) {
    appraisals(checker);
    contests(checker);
}

fn appraisals(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    for (key, appraisal) in &pack.appraisals {
        let id = format!("appraisal.{key}");
        share(checker, &id, "ballot_weight", appraisal.ballot_weight);
        if appraisal.ballot_weight.is_one() == appraisal.scheme.is_some() {
            checker.error(&id, "scheme", "测评不占全部分数的，要写明其余按哪个方案（scheme）；占全部的不写");
        }
        if appraisal.about == appraisal.by {
            checker.error(&id, "about", "述职的和听述职的不能是同一级");
        }
        if appraisal.sections.is_empty() {
            checker.error(&id, "section", "没有写述职报告有哪几部分");
        }
        for (i, section) in appraisal.sections.iter().enumerate() {
            if appraisal.sections[..i].iter().any(|before| before.key == section.key) {
                checker.error(&id, &format!("section.{i}.key"), format!("“{}”写了两次，请改名", section.key));
            }
        }
        let falls = appraisal.grades.windows(2).all(|pair| pair[0].at_least > pair[1].at_least);
        if !falls || !appraisal.grades.last().is_some_and(|grade| grade.at_least.is_zero()) {
            checker.error(&id, "grade", "等次请从高到低写，最后一个从 0 分起，不然有的得分没有等次");
        }
        if appraisal.grades.first().is_some_and(|grade| grade.at_least > Ratio::from_integer(100)) {
            checker.error(&id, "grade.0.at_least", "满分是 100 分");
        }
        if appraisal.problem_days == 0 {
            checker.error(&id, "problem_days", "整改至少给一天");
        }
        for (list, path, value) in [("problem_source", "source", &appraisal.source), ("problem_type", "problem_type", &appraisal.problem_type)] {
            if let Some(codes) = pack.code_lists.get(list).filter(|codes| !codes.values.contains(value)) {
                checker.error(&id, path, format!("“{}”里没有“{value}”", codes.name));
            }
        }
        if pack.ballots.get(&appraisal.ballot).is_some_and(|ballot| ballot.procedure.is_none()) {
            checker.error(&id, "ballot", "这项测评没有写程序（procedure），不能在系统里组织");
        }
        subject(checker, &id, &appraisal.procedure, "appraisal");
    }
}

fn contests(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    for (key, contest) in &pack.contests {
        let id = format!("contest.{key}");
        if contest.years == 0 {
            checker.error(&id, "years", "至少每一年参加一次");
        }
        if contest.scale.from >= contest.scale.to {
            checker.error(&id, "scale", "打分的范围要从小到大");
        }
        if contest.judges_min <= 2 * contest.trim {
            checker.error(&id, "judges_min", "去掉最高分和最低分以后没有可算的，请增加评委或者少去掉几个");
        }
        let Some((last, before)) = contest.rounds.split_last() else {
            checker.error(&id, "round", "没有写在哪一级比，请写 [[….round]]");
            continue;
        };
        if last.up != 0 {
            checker.error(&id, "round", "最后一轮没有上一级可以去，不写 up");
        }
        for (i, _) in before.iter().enumerate().filter(|(_, round)| round.up == 0) {
            checker.error(&id, &format!("round.{i}.up"), "要写前几名进入上一级");
        }
        let order = |key: &str| pack.levels.get(key).map(|level| level.order);
        if contest.rounds.windows(2).any(|pair| order(&pair[0].level) <= order(&pair[1].level)) {
            checker.error(&id, "round", "各轮请从下往上写");
        }
        subject(checker, &id, &contest.procedure, "contest");
    }
}

fn subject(checker: &mut Checker<'_>, id: &str, procedure: &str, subject: &str) {
    if let Some(procedure) = checker.reading.pack.procedures.get(procedure).filter(|procedure| procedure.subject != subject) {
        checker.error(id, "procedure", format!("程序“{}”不是这里的程序（subject = \"{subject}\"）", procedure.name));
    }
}
