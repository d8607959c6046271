//! On whose word something is opened to branches.

use jiff::civil::Date;

/// The approval (批准) that a scheme or a selection rests on: who, under which number, until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority<'a> {
    /// What it is and is called: 方案“五星”.
    pub of: (&'static str, &'a str),
    /// What cannot be done without it: 对党支部开评.
    pub opens: &'static str,
    pub example: bool,
    pub approved_by: Option<&'a str>,
    pub document_number: Option<&'a str>,
    pub valid_until: Option<Date>,
}

impl Authority<'_> {
    /// 方案“五星”; a name with quotation marks of its own gets no others.
    #[must_use]
    pub fn called(&self) -> String {
        let (what, name) = self.of;
        if name.contains('“') { format!("{what}：{name}") } else { format!("{what}“{name}”") }
    }

    /// Which of the three are not said, in words with the names that a pack gives them.
    #[must_use]
    pub fn lacking(&self) -> Vec<&'static str> {
        let is_blank = |text: Option<&str>| text.is_none_or(|text| text.trim().is_empty());
        let parts = [
            (is_blank(self.approved_by), "批准机关（approved_by）"),
            (is_blank(self.document_number), "批准文号（document_number）"),
            (self.valid_until.is_none(), "有效期（valid_until）"),
        ];
        parts.into_iter().filter(|(is_lacking, _)| *is_lacking).map(|(_, name)| name).collect()
    }

    /// Why it may only be drafted and tried on a day, not opened; `None`: it may. An example is opened nowhere but in a demo, which
    /// does not ask this.
    #[must_use]
    pub fn why_not_open(&self, on: Date) -> Option<String> {
        let (called, opens) = (self.called(), self.opens);
        if self.example {
            return Some(format!(
                "{called}是示例，里面的数是编的，只能起草和模拟，不能{opens}；请在本市制度包里写明依据、批准机关、批准文号和有效期，去掉示例标记（example）。"
            ));
        }
        let lacking = self.lacking();
        if !lacking.is_empty() {
            let lacking = lacking.join("、");
            return Some(format!("{called}没有写明{lacking}，只能起草和模拟，不能{opens}；请经批准后在制度包里补上。"));
        }
        let until = self.valid_until.filter(|until| on >= *until)?;
        Some(format!("{called}的批准到 {until} 为止，{on} 已经过期，不能{opens}；请重新报批后修改有效期（valid_until）。"))
    }
}
