//! Demands that a document makes twice: each later mention points at the first.

use crate::Task;
use crate::likeness::Matter;

/// Fills [`Task::restates`].
pub(crate) fn link(tasks: &mut [Task]) {
    let matters: Vec<Matter> = tasks.iter().map(|task| Matter::of(&task.span)).collect();
    for later in 1..tasks.len() {
        let first = (0..later).filter(|&i| tasks[i].restates.is_none()).find(|&i| {
            let alike = || matters[i].likeness(&matters[later]);
            match agreement(&tasks[i], &tasks[later]) {
                Agreement::Contradicts => false,
                // The same figure for what the shorter of the two wholly says.
                Agreement::Shares => alike() >= 0.6 || alike() >= 0.4 && matters[i].containment(&matters[later]) >= 0.8,
                Agreement::Silent => alike() >= 0.8,
            }
        });
        tasks[later].restates = first;
    }
}

enum Agreement {
    /// A figure, date or period differs: another demand.
    Contradicts,
    /// At least one is the same, and none differs.
    Shares,
    /// No value stands on both sides.
    Silent,
}

fn agreement(one: &Task, other: &Task) -> Agreement {
    let fields = [
        one.quantity.as_ref().zip(other.quantity.as_ref()).map(|(a, b)| a == b),
        one.deadline.as_ref().zip(other.deadline.as_ref()).map(|(a, b)| a == b),
        one.frequency.as_ref().zip(other.frequency.as_ref()).map(|(a, b)| a == b),
    ];
    let is_same_field = one.scope == other.scope || one.scope == crate::Scope::General || other.scope == crate::Scope::General;
    if fields.contains(&Some(false)) || !is_same_field {
        Agreement::Contradicts
    } else if fields.contains(&Some(true)) {
        Agreement::Shares
    } else {
        Agreement::Silent
    }
}

#[cfg(test)]
mod tests {
    fn restated(body: &str) -> Vec<Option<usize>> {
        let read = crate::read(&format!("关于做好有关工作的通知\n各支部：\n{body}\n云栖县委组织部\n2024年2月1日\n"));
        read.tasks.iter().map(|task| task.restates).collect()
    }

    #[test]
    fn a_later_mention_points_at_the_first() {
        let body = "各支部6月底前报送学习方案。\n党员轮训覆盖率达到95%。\n最后强调，党员轮训的覆盖率要达到95%。\n再次提醒，各支部务必在6月底前报送学习方案。\n";
        assert_eq!(restated(body), [None, None, Some(1), Some(0)]);
    }

    #[test]
    fn another_figure_or_another_matter_is_another_demand() {
        assert_eq!(restated("发展党员30名。\n发展党员50名。\n表彰党员30名。\n"), [None, None, None]);
        assert_eq!(restated("石桥镇42名，白马乡42名。\n"), [None, None]);
    }
}
