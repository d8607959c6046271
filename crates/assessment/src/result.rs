//! What an evaluation answers: rows, items, cohorts. Kept whole when a result is published.

use policy::{ChangeBy, Cite, Key, Per, Period, Ratio, Rounding, ScoreRule, WhenNotEvidenced};
use serde::{Deserialize, Serialize};

use jiff::civil::Date;

/// One evaluation (考核结果): every organisation of one scheme in one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    pub scheme: Key,
    pub name: String,
    /// 示例方案: refused by publish outside the demo.
    pub example: bool,
    pub period: Period,
    /// First day that no longer counts: the period's end, or earlier while it is not over.
    pub closed_until: Date,
    /// Fingerprint of the pack, set by whoever knows it.
    pub pack: String,
    pub evidenced_weight_min: String,
    /// Whether the scheme reads 以下 as including the figure.
    #[serde(default = "yes")]
    pub below_includes: bool,
    /// The items that [`ItemResult::item`] points to.
    pub items: Vec<ItemDefinition>,
    /// By code.
    pub rows: Vec<Row>,
    /// By key.
    pub cohorts: Vec<Cohort>,
}

fn yes() -> bool {
    true
}

impl Evaluation {
    /// What an item result is about.
    #[must_use]
    pub fn definition(&self, result: &ItemResult) -> &ItemDefinition {
        &self.items[usize::from(result.item)]
    }

    /// The row of an organisation.
    #[must_use]
    pub fn row(&self, code: &str) -> Option<&Row> {
        self.rows.binary_search_by(|row| row.code.as_str().cmp(code)).ok().map(|i| &self.rows[i])
    }

    /// The item of a row that is printed as `key`, or whose indicator is `key`.
    #[must_use]
    pub fn item_of<'a>(&self, row: &'a Row, key: &str) -> Option<&'a ItemResult> {
        row.items.iter().find(|i| self.definition(i).is_called(key))
    }

    /// The cohort of a row.
    #[must_use]
    pub fn cohort_of(&self, row: &Row) -> Option<&Cohort> {
        self.cohorts.binary_search_by(|c| c.key.cmp(&row.cohort)).ok().map(|i| &self.cohorts[i])
    }

    /// Whether the whole period counts.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed_until >= self.period.until()
    }

    /// Organisations that keep the result from being published: 暂不评定, or an open item.
    pub fn unpublishable(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.is_unrated() || row.is_open())
    }

    /// Items that lack evidence and are neither judged nor waived, with the number of organisations, most first.
    #[must_use]
    pub fn items_without_evidence(&self) -> Vec<(&ItemDefinition, usize)> {
        let mut counts = vec![0; self.items.len()];
        for item in self.rows.iter().flat_map(|row| &row.items) {
            let leaves_gap = matches!(item.outcome, Outcome::NotEvidenced(_)) || item.points != item.points_to;
            counts[usize::from(item.item)] += usize::from(leaves_gap);
        }
        let mut found: Vec<_> = self.items.iter().zip(counts).filter(|(_, n)| *n > 0).collect();
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.key.cmp(&b.0.key)));
        found
    }
}

/// An item of a scheme, as it stood when the evaluation was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemDefinition {
    /// As printed: the indicator, or what the scheme calls it.
    pub key: Key,
    pub indicator: Key,
    pub name: String,
    pub section: String,
    /// The field whose standard it belongs to; `None`: common to all.
    pub field: Option<Key>,
    #[serde(with = "fraction")]
    pub weight: Ratio,
    pub unit: String,
    pub per: Per,
    pub rule: ScoreRule,
    /// How points follow, in words; empty in results from before it was kept.
    #[serde(default)]
    pub how: String,
    /// Of an item scored by its change: what its value is, a difference or a share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_by: Option<ChangeBy>,
    /// Adds points beyond the hundred; nobody owes it.
    #[serde(default)]
    pub bonus: bool,
    /// Says what the work came to, not whether it was done.
    #[serde(default, skip_serializing_if = "is_false")]
    pub effect: bool,
    pub when_not_evidenced: WhenNotEvidenced,
    /// In force on the first day of the evaluation: `≥ 80%`.
    pub target: String,
    /// Kinds of fact that it counts; what [`ItemResult::evidence`] points into.
    pub kinds: Vec<Key>,
    pub cite: Cite,
    /// The sentence of docs/口径.md.
    pub reading: Option<String>,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

impl ItemDefinition {
    /// Whether a pack means this item by `key`.
    #[must_use]
    pub fn is_called(&self, key: &str) -> bool {
        self.key == key || self.indicator == key
    }
}

/// One organisation's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub org: i64,
    pub code: String,
    pub name: String,
    pub field: Key,
    /// Key of its cohort: `农村@P330802`.
    pub cohort: String,
    /// 0 to 100, and what `bonus` adds; the lower end while an item is open.
    #[serde(with = "fraction")]
    pub score: Ratio,
    /// The upper end; equal to `score` when nothing is open.
    #[serde(with = "fraction")]
    pub score_to: Ratio,
    /// The part of `score` that bonus items added, within the scheme's cap.
    #[serde(default, with = "fraction")]
    pub bonus: Ratio,
    /// Share of the applicable weight that has evidence, 0 to 1.
    #[serde(with = "fraction")]
    pub evidenced_weight: Ratio,
    /// Weight that was left out because nothing evidences it: the total is rescaled, and says so.
    #[serde(with = "fraction")]
    pub left_out: Ratio,
    /// Weight due by the last closed day (应得).
    #[serde(with = "fraction")]
    pub due: Ratio,
    /// `None`: 暂不评定, or disqualified.
    pub star: Option<u8>,
    /// Within the cohort, equals share one: 1, 2, 2, 4. `None`: 暂不评定, or disqualified.
    pub rank: Option<u32>,
    /// Whether it reached the first star but found no place within the quota.
    pub without_place: bool,
    /// What capped the star or took it away.
    pub vetoes: Vec<VetoApplied>,
    pub items: Vec<ItemResult>,
}

impl Row {
    /// 暂不评定: too little is evidenced.
    #[must_use]
    pub fn is_unrated(&self) -> bool {
        self.star.is_none() && !self.is_disqualified()
    }

    /// Whether a veto took the star away: neither star nor rank, whatever the score.
    #[must_use]
    pub fn is_disqualified(&self) -> bool {
        self.vetoes.iter().any(|veto| veto.star_at_most.is_none())
    }

    /// What stands where a star would: 不予评星 or 暂不评定.
    #[must_use]
    pub fn words_without_star(&self) -> &'static str {
        if self.is_disqualified() { "不予评星" } else { "暂不评定" }
    }

    /// Whether the total may still move when open items are judged.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.score != self.score_to
    }
}

/// A veto that capped a star or took it away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VetoApplied {
    /// Printed key of the item that was not met.
    pub item: Key,
    /// `None`: no star at all.
    pub star_at_most: Option<u8>,
    pub cite: Cite,
}

/// One item of one organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemResult {
    /// Index into [`Evaluation::items`].
    pub item: u16,
    #[serde(with = "optional_fraction")]
    pub value: Option<Ratio>,
    pub numerator: i64,
    pub denominator: i64,
    pub outcome: Outcome,
    /// `None`: not applicable, not yet due, or left out. The lower end while open.
    #[serde(with = "optional_fraction")]
    pub points: Option<Ratio>,
    /// The upper end while open.
    #[serde(with = "optional_fraction")]
    pub points_to: Option<Ratio>,
    /// Weight counted in the total: of closed periods, without what is left out.
    #[serde(with = "fraction")]
    pub due: Ratio,
    /// Weight of closed periods that apply.
    #[serde(with = "fraction")]
    pub applicable: Ratio,
    /// The part of `applicable` with evidence.
    #[serde(with = "fraction")]
    pub evidenced: Ratio,
    /// Whether people judged it.
    pub judged: bool,
    /// Of an item scored by its place: which one (equals share the first of theirs), among how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<(u32, u32)>,
    /// Closed periods that apply and were not met.
    pub missing: Vec<Period>,
    /// Periods made up late and accepted.
    pub late: Vec<Period>,
    /// Closed periods that no source covers.
    pub unknown: Vec<Period>,
    /// Periods not over yet.
    pub coming: Vec<Period>,
    /// Periods that do not count: before the founding, excused, or not meant for it.
    #[serde(default)]
    pub outside: Vec<Period>,
    /// Records behind the figure, by id, each once.
    pub evidence: Vec<i64>,
}

/// What an item came to. Missing never becomes 0 silently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Met,
    NotMet,
    /// With the reason.
    NotApplicable(String),
    /// With what is lacking.
    NotEvidenced(String),
    /// No period of it has closed.
    NotYetDue,
}

impl Outcome {
    /// The word of the published format; what is not yet due does not apply yet.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not_met",
            Self::NotApplicable(_) | Self::NotYetDue => "not_applicable",
            Self::NotEvidenced(_) => "not_evidenced",
        }
    }

    /// The word people read.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Met => "达标",
            Self::NotMet => "未达标",
            Self::NotApplicable(_) => "不适用",
            Self::NotEvidenced(_) => "无依据",
            Self::NotYetDue => "未到期",
        }
    }

    /// The reason or what is lacking.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::NotApplicable(reason) | Self::NotEvidenced(reason) => Some(reason),
            _ => None,
        }
    }
}

/// Organisations compared with each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohort {
    /// `FIELD_NAME@CODE` of the superior under which they are compared.
    pub key: String,
    pub field: Key,
    /// Code of that superior.
    pub code: String,
    pub size: usize,
    /// One per star that has a quota, from the highest.
    pub quotas: Vec<QuotaResult>,
    /// Keys of the smaller cohorts merged here, with their sizes; empty: none.
    pub pooled_from: Vec<(String, usize)>,
}

/// How many places a star had in a cohort and how they were filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaResult {
    pub star: u8,
    #[serde(with = "fraction")]
    pub quota: Ratio,
    #[serde(default)]
    pub rounding: Rounding,
    /// quota × size, rounded so.
    pub places: usize,
    pub n_candidates: usize,
    pub n_awarded: usize,
    /// Score of the last who got a place; `None`: nobody did.
    #[serde(with = "optional_fraction")]
    pub edge_score: Option<Ratio>,
}

/// Fractions as text, `275/3`, so that a stored result is exact.
pub(crate) mod fraction {
    use policy::{Ratio, parse_ratio};
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(value: &Ratio, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Ratio, D::Error> {
        parse_ratio(&String::deserialize(input)?).map_err(de::Error::custom)
    }
}

/// [`fraction`] for what may be absent.
pub(crate) mod optional_fraction {
    use policy::{Ratio, parse_ratio};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(value: &Option<Ratio>, out: S) -> Result<S::Ok, S::Error> {
        value.map(|v| v.to_string()).serialize(out)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Ratio>, D::Error> {
        Option::<String>::deserialize(input)?.map(|text| parse_ratio(&text).map_err(de::Error::custom)).transpose()
    }
}
