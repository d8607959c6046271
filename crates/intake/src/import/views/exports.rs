//! `/exports`: where each list is exported.

use askama::Template;
use policy::Capability;

use crate::http::layout::Layout;
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/exports.html")]
pub(in crate::import) struct ExportsPage {
    layout: Layout,
    lists: Vec<(&'static str, &'static str, &'static str, bool)>,
}

impl ExportsPage {
    pub(in crate::import) fn answer(visit: &Visit) -> Answer {
        // Name, what is in it, address, whether this person may see the list.
        let may = |capability| visit.actor().may(capability);
        let lists = vec![
            ("党组织", "编码、名称、类别、领域、上级、书记、任期", "/organisations", may(Capability::ViewOrganisations)),
            ("党员", "姓名、类别、入党和转正日期；身份证号、手机号隐去中间几位", "/members", may(Capability::ViewMembers)),
            ("组织生活", "支部、类型、日期、主题、应到实到、学时", "/activities", may(Capability::ViewActivities)),
            ("村级经济", "村、年度、经营性收入、总收入", "/villages", may(Capability::ViewUnits)),
            ("评定结果", "只有已经公布的", "/evaluations", may(Capability::ViewEvaluations)),
            ("导入记录", "文件、时间、办理人、条数", "/imports", may(Capability::Import)),
        ];
        visit.page(&Self {
            layout: visit.layout("导出").crumb("基础信息", "/organisations").crumb("导入导出", "/imports").crumb("导出", ""), lists
        })
    }
}
