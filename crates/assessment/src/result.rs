//! What an evaluation answers: rows, items, cohorts. Kept whole when a result is published.

use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

use jiff::civil::Date;
use policy::{ChangeBy, Cite, Key, Per, Period, Ratio, Rounding, ScoreRule, WhenNotEvidenced};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

/// One item of one organisation. What many organisations have in common is made once and shared: a city has millions of these.
/// The figures read as fields of the item itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemResult {
    /// Index into [`Evaluation::items`].
    pub item: u16,
    /// Whether people judged it.
    pub judged: bool,
    /// Of an item scored by its place: which one (equals share the first of theirs), among how many.
    pub place: Option<(u32, u32)>,
    pub figures: Arc<ItemFigures>,
    /// Closed periods that apply and were not met.
    pub missing: Periods,
    /// Periods made up late and accepted.
    pub late: Periods,
    /// Closed periods that no source covers.
    pub unknown: Periods,
    /// Periods not over yet.
    pub coming: Periods,
    /// Periods that do not count: before the founding, excused, or not meant for it.
    pub outside: Periods,
    /// Records behind the figure, by id, each once.
    pub evidence: Evidence,
}

/// The figures of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemFigures {
    pub value: Option<Ratio>,
    pub numerator: i64,
    pub denominator: i64,
    pub outcome: Outcome,
    /// `None`: not applicable, not yet due, or left out. The lower end while open.
    pub points: Option<Ratio>,
    /// The upper end while open.
    pub points_to: Option<Ratio>,
    /// Weight counted in the total: of closed periods, without what is left out.
    pub due: Ratio,
    /// Weight of closed periods that apply.
    pub applicable: Ratio,
    /// The part of `applicable` with evidence.
    pub evidenced: Ratio,
}

impl Default for ItemFigures {
    /// Nothing is due yet.
    fn default() -> Self {
        let nothing = Ratio::default();
        Self {
            value: None,
            numerator: 0,
            denominator: 0,
            outcome: Outcome::NotYetDue,
            points: None,
            points_to: None,
            due: nothing,
            applicable: nothing,
            evidenced: nothing,
        }
    }
}

impl Deref for ItemResult {
    type Target = ItemFigures;

    fn deref(&self) -> &ItemFigures {
        &self.figures
    }
}

impl DerefMut for ItemResult {
    /// What is changed stops being shared.
    fn deref_mut(&mut self) -> &mut ItemFigures {
        Arc::make_mut(&mut self.figures)
    }
}

/// Some periods, in order; reads as a slice. Shared by all items that lack the same ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Periods(Option<Arc<Vec<Period>>>);

impl From<Vec<Period>> for Periods {
    fn from(periods: Vec<Period>) -> Self {
        Self((!periods.is_empty()).then(|| Arc::new(periods)))
    }
}

impl Deref for Periods {
    type Target = [Period];

    fn deref(&self) -> &[Period] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }
}

impl<'a> IntoIterator for &'a Periods {
    type Item = &'a Period;
    type IntoIter = std::slice::Iter<'a, Period>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Ids of records, ascending; reads as a slice. All items of one organisation lie in one piece of memory.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    of_row: Option<Arc<[i64]>>,
    from: u32,
    until: u32,
}

impl Evidence {
    pub(crate) fn part(of_row: &Arc<[i64]>, part: Range<usize>) -> Self {
        let place = |n: usize| u32::try_from(n).expect("one organisation has fewer than four thousand million records");
        Self { of_row: (!part.is_empty()).then(|| of_row.clone()), from: place(part.start), until: place(part.end) }
    }
}

impl From<Vec<i64>> for Evidence {
    fn from(ids: Vec<i64>) -> Self {
        let n = ids.len();
        Self::part(&ids.into(), 0..n)
    }
}

impl Deref for Evidence {
    type Target = [i64];

    fn deref(&self) -> &[i64] {
        self.of_row.as_deref().map_or(&[], |ids| &ids[self.from as usize..self.until as usize])
    }
}

impl PartialEq for Evidence {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Evidence {}

impl<const N: usize> PartialEq<[i64; N]> for Evidence {
    fn eq(&self, other: &[i64; N]) -> bool {
        **self == *other
    }
}

/// An item as it is kept: flat, as results have been kept from the first version on.
#[derive(Serialize, Deserialize)]
struct KeptItem {
    item: u16,
    #[serde(with = "optional_fraction")]
    value: Option<Ratio>,
    numerator: i64,
    denominator: i64,
    outcome: Outcome,
    #[serde(with = "optional_fraction")]
    points: Option<Ratio>,
    #[serde(with = "optional_fraction")]
    points_to: Option<Ratio>,
    #[serde(with = "fraction")]
    due: Ratio,
    #[serde(with = "fraction")]
    applicable: Ratio,
    #[serde(with = "fraction")]
    evidenced: Ratio,
    judged: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<(u32, u32)>,
    missing: Vec<Period>,
    late: Vec<Period>,
    unknown: Vec<Period>,
    coming: Vec<Period>,
    #[serde(default)]
    outside: Vec<Period>,
    evidence: Vec<i64>,
}

impl From<&ItemResult> for KeptItem {
    fn from(result: &ItemResult) -> Self {
        let ItemResult { item, judged, place, figures, missing, late, unknown, coming, outside, evidence } = result;
        let ItemFigures { value, numerator, denominator, outcome, points, points_to, due, applicable, evidenced } = &**figures;
        Self {
            item: *item,
            value: *value,
            numerator: *numerator,
            denominator: *denominator,
            outcome: outcome.clone(),
            points: *points,
            points_to: *points_to,
            due: *due,
            applicable: *applicable,
            evidenced: *evidenced,
            judged: *judged,
            place: *place,
            missing: missing.to_vec(),
            late: late.to_vec(),
            unknown: unknown.to_vec(),
            coming: coming.to_vec(),
            outside: outside.to_vec(),
            evidence: evidence.to_vec(),
        }
    }
}

impl From<KeptItem> for ItemResult {
    fn from(kept: KeptItem) -> Self {
        let KeptItem { item, value, numerator, denominator, outcome, points, points_to, due, applicable, evidenced, judged, place, .. } = kept;
        Self {
            item,
            judged,
            place,
            figures: Arc::new(ItemFigures { value, numerator, denominator, outcome, points, points_to, due, applicable, evidenced }),
            missing: kept.missing.into(),
            late: kept.late.into(),
            unknown: kept.unknown.into(),
            coming: kept.coming.into(),
            outside: kept.outside.into(),
            evidence: kept.evidence.into(),
        }
    }
}

impl Serialize for ItemResult {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        KeptItem::from(self).serialize(out)
    }
}

impl<'de> Deserialize<'de> for ItemResult {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        KeptItem::deserialize(input).map(Self::from)
    }
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
