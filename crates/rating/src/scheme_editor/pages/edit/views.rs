//! What each sheet of the form shows.

use super::*;

/// The sheets of one draft.
pub(super) struct Views<'a> {
    pub pack: &'a Pack,
    pub reading: &'a Reading,
    pub entry: &'a DraftEntry,
}

impl Views<'_> {
    fn cite(&self, at: &str) -> CiteView {
        let path = format!("{at}cite");
        let now = self.entry.text(&format!("{path}.doc"));
        let docs = self.pack.documents.iter().map(|(key, document)| (key.as_str(), document.short.clone().unwrap_or_else(|| document.name.clone())));
        CiteView {
            docs: choices(docs.chain([("example", "示例（没有文件）".to_owned())]), now),
            clause: self.entry.text(&format!("{path}.clause")).to_owned(),
            quote: self.entry.text(&format!("{path}.quote")).to_owned(),
            path,
        }
    }

    pub fn basic(&self) -> BasicView {
        let entry = self.entry;
        let chosen = entry.keys("kinds");
        // Those that are rated are branches; others only where the scheme names them already.
        let is_offered = |key: &str, kind: &policy::OrganisationKind| kind.role == OrganisationRole::Branch || chosen.iter().any(|own| own == key);
        let kinds = self.pack.organisation_kinds.iter().filter(|(key, kind)| is_offered(key, kind)).map(|(key, kind)| Choice {
            value: key.clone(),
            label: kind.name.clone(),
            selected: chosen.contains(key),
        });
        let own: Vec<String> = entry.standards().into_iter().map(|(_, field)| field).collect();
        let mut fields: Vec<_> = self.pack.fields.iter().filter(|(key, _)| !own.contains(key)).collect();
        fields.sort_by_key(|(_, field)| field.order);
        BasicView {
            name: entry.text("name").to_owned(),
            from_year: entry.shown("from_year", Kind::Number),
            kinds: kinds.collect(),
            is_example: entry.is("example", false),
            approved_by: entry.text("approved_by").to_owned(),
            document_number: entry.text("document_number").to_owned(),
            valid_until: entry.text("valid_until").to_owned(),
            weights_locked_on: entry.text("weights_locked_on").to_owned(),
            cite: self.cite(""),
            has_standards: !own.is_empty(),
            fields: fields.into_iter().map(|(key, field)| Choice { value: key.clone(), label: field.name.clone(), selected: false }).collect(),
        }
    }

    pub fn items(&self, tab: &Tab) -> Option<ItemsView> {
        let entry = self.entry;
        let path = entry.sections_of(tab)?;
        let standard = path.strip_suffix(".section").map(|standard| StandardView {
            owner: entry.text(&format!("{standard}.owner")).to_owned(),
            cite: self.cite(&format!("{standard}.")),
            name: tab_name(self.pack, tab),
            anchor: anchor(standard),
            owner_place: format!("{standard}.owner"),
            path: standard.to_owned(),
        });
        let sections = (0..entry.n(&path)).map(|s| {
            let section = format!("{path}.{s}");
            let items: Vec<String> = (0..entry.n(&format!("{section}.items"))).map(|i| format!("{section}.items.{i}")).collect();
            let due = items.iter().filter(|item| !entry.is(&format!("{item}.bonus"), false));
            let total = due
                .filter_map(|item| entry.number(&format!("{item}.weight")))
                .fold(policy::Ratio::from_integer(0), |sum, weight| num_traits::CheckedAdd::checked_add(&sum, &weight).unwrap_or(sum));
            let name = entry.text(&format!("{section}.name")).to_owned();
            SectionView {
                anchor: anchor(&section),
                confirm: if items.is_empty() { String::new() } else { format!("删去“{name}”和里面的 {} 项？", items.len()) },
                name,
                total: plain(total),
                items: items.iter().map(|item| self.item(item)).collect(),
                path: section,
            }
        });
        let mut used = entry.items_in("section");
        if *tab != Tab::Common {
            used.extend(entry.items_in(&path));
        }
        let used: Vec<&str> = used.iter().map(|item| entry.text(&format!("{item}.indicator"))).collect();
        Some(ItemsView { sections: sections.collect(), picks: self.picks(&used), standard, path })
    }

    /// Indicators that can be added, by layer and name, each with its clause.
    fn picks(&self, used: &[&str]) -> Vec<(String, Vec<Choice>)> {
        let of_layer = |layer: &policy::LayerInfo| {
            let is_of = |key: &str| self.reading.entries.get(&format!("indicator.{key}")).is_some_and(|entry| entry.layer == layer.id);
            let own =
                self.pack.indicators.iter().filter(|(key, indicator)| is_of(key) && indicator.pending.is_none() && !used.contains(&key.as_str()));
            let mut picks: Vec<Choice> = own
                .map(|(key, indicator)| {
                    let source = source(self.pack, &indicator.cite);
                    // Whatever rests on no document says so in its own short word.
                    let basis = if indicator.cite.is_example() {
                        "示例".to_owned()
                    } else {
                        format!("{}{}", source.document, source.clause.unwrap_or_default())
                    };
                    Choice { value: key.clone(), label: format!("{}（{basis}）", indicator.name), selected: false }
                })
                .collect();
            picks.sort_by_cached_key(|choice| crate::pinyin::key(&choice.label));
            (layer.title.clone(), picks)
        };
        self.reading.layers.iter().map(of_layer).filter(|(_, picks)| !picks.is_empty()).collect()
    }

    fn item(&self, path: &str) -> ItemView {
        let entry = self.entry;
        let at = |key: &str| format!("{path}.{key}");
        let key = entry.text(&at("indicator"));
        let indicator = self.pack.indicators.get(key);
        let score = entry.text(&at("score")).to_owned();
        let is_judged = indicator.is_none_or(|indicator| indicator.value.is_none());
        let offered = SCORES.iter().filter(|(word, _)| indicator.is_none() || (*word == "judged") == is_judged);
        let basis = indicator.map_or_else(String::new, |indicator| {
            let source = source(self.pack, &indicator.cite);
            let target = indicator.target.last().map_or_else(String::new, |target| {
                let unit = if target.is.value.is_integer() { format!(" {}", indicator.unit) } else { String::new() };
                format!("　目标：{} {}{unit}", indicator.per.label(), target.is)
            });
            let document = if indicator.cite.is_example() { "示例".to_owned() } else { source.document };
            format!("{document}{}{target}", source.clause.unwrap_or_default())
        });
        let n_bands = entry.n(&at("bands"));
        let ballots = self.pack.ballots.iter().map(|(key, ballot)| (key.as_str(), format!("按“{}”的结果", ballot.name)));
        ItemView {
            anchor: anchor(path),
            name: indicator_name(self.pack, key),
            basis,
            href: if self.reading.entries.contains_key(&format!("indicator.{key}")) { format!("/policies/indicator.{key}") } else { String::new() },
            unit: indicator.map_or_else(String::new, |indicator| indicator.unit.clone()),
            weight: entry.shown(&at("weight"), Kind::Number),
            target: indicator.and_then(|it| it.target.last()).map(|own| (entry.target_figure(path).to_owned(), own.is.to_string())),
            scores: choices(offered.map(|(word, label)| (*word, (*label).to_owned())), &score),
            missing: choices(
                MISSING.iter().map(|(word, label)| (*word, (*label).to_owned())),
                match entry.text(&at("when_not_evidenced")) {
                    "" => "open",
                    other => other,
                },
            ),
            is_bonus: entry.is(&at("bonus"), false),
            bands: (0..n_bands)
                .map(|b| BandView {
                    path: at(&format!("bands.{b}")),
                    at_least: entry.shown(&at(&format!("bands.{b}.at_least")), Kind::Number),
                    points: entry.shown(&at(&format!("bands.{b}.points")), Kind::Number),
                    is_only: n_bands == 1,
                })
                .collect(),
            per_fault: entry.shown(&at("per_fault"), Kind::Number),
            floor: entry.shown(&at("floor"), Kind::Number),
            last_points: entry.shown(&at("last_points"), Kind::Number),
            change: (score == "change_against_base").then(|| ChangeView {
                from: entry.shown(&at("change.from"), Kind::Number),
                to: entry.shown(&at("change.to"), Kind::Number),
                by: choices(
                    [("difference", "增减多少".to_owned()), ("share", "增减百分之几".to_owned())],
                    match entry.text(&at("change.as")) {
                        "" => "difference",
                        other => other,
                    },
                ),
                years_back: entry.shown(&at("change.years_back"), Kind::Number),
            }),
            ballots: if self.pack.ballots.is_empty() {
                Vec::new()
            } else {
                choices(std::iter::once(("", "评定人直接打分".to_owned())).chain(ballots), entry.text(&at("ballot")))
            },
            score,
            path: path.to_owned(),
        }
    }

    pub fn stars(&self) -> StarsView {
        let entry = self.entry;
        let n = entry.n("star");
        let star = |i: usize| entry.number(&format!("star.{i}.star")).and_then(|star| u8::try_from(star.to_integer()).ok()).unwrap_or_default();
        let lowest = (0..n).map(star).min().unwrap_or(1);
        let below = entry.shown("star_below", Kind::Number);
        let stars = (0..n).map(|i| {
            let path = format!("star.{i}");
            StarView {
                anchor: anchor(&path),
                name: format!("{}星", star_word(star(i))),
                at_least: entry.shown(&format!("{path}.at_least"), Kind::Number),
                quota: entry.shown(&format!("{path}.quota"), Kind::OptionalPercent),
                effect: entry.shown(&format!("{path}.effect_at_least"), Kind::OptionalPercent),
                is_last: i + 1 == n && n > 1,
                path,
            }
        });
        let mut levels: Vec<_> = self.pack.levels.iter().collect();
        levels.sort_by_key(|(_, level)| level.order);
        let pooled = entry.keys("cohort.pool_to");
        // From the nearest level up to the highest: that is the order in which cohorts are put together.
        let under = self.pack.levels.get(entry.text("cohort.under")).map_or(u8::MAX, |level| level.order);
        let is_above = |key: &String, level: &policy::Level| level.order < under || pooled.contains(key);
        let pool_to = levels.iter().rev().filter(|(key, level)| is_above(key, level)).map(|(key, level)| Choice {
            value: (*key).clone(),
            label: level.name.clone(),
            selected: pooled.contains(key),
        });
        let items: Vec<String> = {
            let mut seen: Vec<String> = Vec::new();
            for item in entry.items() {
                let key = entry.text(&format!("{item}.indicator")).to_owned();
                if !seen.contains(&key) {
                    seen.push(key);
                }
            }
            seen
        };
        let ties: Vec<String> = items.iter().flat_map(|item| [format!("{item}.share"), format!("{item}.numerator")]).collect();
        let tie_choices = |now: &str| choices(ties.iter().map(|tie| (tie.as_str(), tie_name(self.pack, tie))), now);
        let words = ["零星", "一星", "二星", "三星", "四星"];
        let roundings = [("down", "舍去小数"), ("nearest", "四舍五入"), ("up", "进一取整")];
        let own = entry.keys("ties");
        StarsView {
            stars: stars.collect(),
            below: choices(
                ["0", "1", "2", "3", "4"]
                    .into_iter()
                    .zip(words)
                    .skip(1)
                    .take(usize::from(lowest.max(2)) - 1)
                    .map(|(value, word)| (value, word.to_owned())),
                &below,
            ),
            roundings: choices(
                roundings.map(|(word, label)| (word, label.to_owned())),
                match entry.text("quota_rounding") {
                    "" => "down",
                    other => other,
                },
            ),
            below_includes: entry.is("below_includes", true),
            evidenced: entry.shown("evidenced_weight_min", Kind::Percent),
            bonus_cap: entry.shown("bonus_cap", Kind::Number),
            weights_total: entry.shown("weights_total", Kind::Number),
            under: choices(levels.iter().map(|(key, level)| (key.as_str(), level.name.clone())), entry.text("cohort.under")),
            pool_to: pool_to.collect(),
            pool_below: entry.shown("cohort.pool_below", Kind::Number),
            ties: (0..entry.n("ties"))
                .map(|i| {
                    let path = format!("ties.{i}");
                    TieView { choices: tie_choices(entry.text(&path)), anchor: anchor(&path), path }
                })
                .collect(),
            tie_picks: ties
                .iter()
                .filter(|tie| !own.contains(tie))
                .map(|tie| Choice { value: tie.clone(), label: tie_name(self.pack, tie), selected: false })
                .collect(),
            may_add: lowest > 1 && n > 0,
        }
    }

    pub fn vetoes(&self) -> VetoesView {
        let entry = self.entry;
        let mut items: Vec<(String, String)> = Vec::new();
        for item in entry.items() {
            let key = entry.text(&format!("{item}.indicator")).to_owned();
            if !items.iter().any(|(other, _)| *other == key) {
                let name = indicator_name(self.pack, &key);
                items.push((key, name));
            }
        }
        let item_choices = |now: &str| choices(items.iter().map(|(key, name)| (key.as_str(), name.clone())), now);
        let vetoes = (0..entry.n("veto")).map(|i| {
            let path = format!("veto.{i}");
            let follows = entry.shown(&format!("{path}.star_at_most"), Kind::Number);
            let follows = if entry.is(&format!("{path}.disqualify"), false) { "disqualify" } else { follows.as_str() };
            let stars = [("4", "最高四星"), ("3", "最高三星"), ("2", "最高二星"), ("1", "最高一星"), ("disqualify", "不予评星、不排名次")];
            VetoView {
                items: item_choices(entry.text(&format!("{path}.unless_met"))),
                follows: choices(stars.map(|(value, label)| (value, label.to_owned())), follows),
                cite: self.cite(&format!("{path}.")),
                anchor: anchor(&path),
                path,
            }
        });
        VetoesView {
            vetoes: vetoes.collect(),
            picks: items.iter().map(|(key, name)| Choice { value: key.clone(), label: name.clone(), selected: false }).collect(),
        }
    }

    pub fn plan(&self) -> PlanView {
        let entry = self.entry;
        let year = entry.from_year().unwrap_or_default();
        let family = entry.text("version_of");
        let known = self.pack.plan_lines.values().filter(|line| line.kind == policy::PlanLineKind::Evaluation && line.of == family);
        let mut levels: Vec<_> = self.pack.levels.iter().collect();
        levels.sort_by_key(|(_, level)| level.order);
        // Those that can open an evaluation at all: the pack's other lines say at which levels that is.
        let is_used = |key: &str| self.pack.plan_lines.values().any(|line| line.kind == policy::PlanLineKind::Evaluation && line.level == key);
        let procedures = || {
            let subject = self.pack.procedures.iter().filter(|(_, procedure)| procedure.subject == crate::evaluation::KIND);
            subject.filter(|(key, _)| *key != crate::evaluation::PUBLICATION).map(|(key, procedure)| (key.as_str(), procedure.name.clone()))
        };
        let usual = self.pack.procedures.get(crate::evaluation::PUBLICATION).map_or_else(|| "只公布".to_owned(), |procedure| procedure.name.clone());
        let line = |i: usize| {
            let path = format!("{}.{i}", crate::scheme_editor::plan::LINES);
            let text = |name: &str| entry.text(&format!("{path}.{name}")).to_owned();
            PlanLineView {
                anchor: anchor(&path),
                name: text("name"),
                periods: choices([("", format!("{year} 全年")), ("first_half", format!("{year} 年上半年"))], &text("period")),
                opens_on: text("opens_on"),
                levels: choices(levels.iter().filter(|(key, _)| is_used(key)).map(|(key, level)| (key.as_str(), level.name.clone())), &text("level")),
                owner: text("owner"),
                procedures: choices([("", usual.clone())].into_iter().chain(procedures()), &text("procedure")),
                path,
            }
        };
        PlanView {
            year: year.to_string(),
            known: known.filter(|line| line.period.year == year).map(|line| line.name.clone()).collect(),
            lines: (0..entry.n(crate::scheme_editor::plan::LINES)).map(line).collect(),
        }
    }
}
