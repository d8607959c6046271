//! The tree and the people of the demo city, as an office would state them.

use jiff::Span;
use jiff::civil::{Date, date};

use super::Scale;
use super::chance::Chance;
use super::words;
use crate::directory::OrgNode;
use crate::member::NewMember;
use crate::organisation::NewOrganisation;

/// How large a city is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub n_counties: usize,
    pub n_towns: usize,
    /// Villages per town.
    pub n_villages: usize,
    /// Communities per street.
    pub n_communities: usize,
    /// Further branches per town: organs, schools, hospitals, enterprises.
    pub n_others: usize,
    pub n_members: (i64, i64),
}

impl Size {
    pub fn of(scale: Scale) -> Self {
        match scale {
            Scale::Tiny => Self { n_counties: 2, n_towns: 3, n_villages: 8, n_communities: 6, n_others: 7, n_members: (6, 24) },
            Scale::Small => Self { n_counties: 4, n_towns: 10, n_villages: 24, n_communities: 20, n_others: 20, n_members: (8, 30) },
            Scale::City | Scale::Load => Self { n_counties: 10, n_towns: 20, n_villages: 36, n_communities: 30, n_others: 27, n_members: (8, 30) },
        }
    }
}

/// What kinds of further branches a town has, in turn: name, field, kind.
const OTHERS: [(&str, &str, &str); 10] = [
    ("机关党支部", "organ", "branch"),
    ("中心小学党支部", "school", "branch"),
    ("卫生院党支部", "hospital", "branch"),
    ("非公企业联合党支部", "new_sector", "joint_branch"),
    ("农业服务中心党支部", "institution", "branch"),
    ("初级中学党支部", "school", "branch"),
    ("商贸公司党支部", "state_enterprise", "branch"),
    ("社会组织联合党支部", "new_sector", "joint_branch"),
    ("水务所党支部", "institution", "branch"),
    ("幼教联合党支部", "school", "joint_branch"),
];

/// Every organisation, superiors before those below.
pub(super) fn organisations(size: Size, begins: Date) -> Vec<NewOrganisation> {
    let mut all = vec![committee("P9901", format!("中共{}委员会", words::CITY), "committee", None, "organ", begins)];
    for (code, name, field) in [("P9901E", "中共云岭市委教育工作委员会", "school"), ("P9901H", "中共云岭市卫生健康委员会党委", "hospital")]
    {
        let kind = if field == "school" { "working_committee" } else { "committee" };
        all.push(NewOrganisation { level: Some("line".to_owned()), ..committee(code, name.to_owned(), kind, Some("P9901"), field, begins) });
        let own = format!("{code}001");
        all.push(branch(&own, format!("{}机关党支部", if field == "school" { "市教育局" } else { "市卫生健康委" }), code, "organ", "branch", begins));
    }
    for county in 0..size.n_counties {
        let code = format!("P9901{:02}", county + 1);
        let name = words::COUNTIES[county % words::COUNTIES.len()];
        let title = if name.ends_with('区') { "区" } else { "县" };
        let place = name.trim_end_matches(['区', '县']);
        all.push(committee(&code, format!("中共{place}{title}委员会"), "committee", Some("P9901"), "organ", begins));
        for town in 0..size.n_towns {
            towns(&mut all, size, county, town, &code, begins);
        }
    }
    all
}

fn towns(all: &mut Vec<NewOrganisation>, size: Size, county: usize, town: usize, county_code: &str, begins: Date) {
    // A fifth of the towns are streets.
    let is_street = town.is_multiple_of(5);
    let code = format!("{county_code}{:03}", if is_street { town + 1 } else { 100 + town });
    let place = words::town(county, town);
    let (kind, name) = if is_street {
        ("working_committee", format!("中共{place}街道工作委员会"))
    } else {
        ("committee", format!("中共{place}镇委员会"))
    };
    let field = if is_street { "urban_community" } else { "rural" };
    all.push(committee(&code, name, kind, Some(county_code), field, begins));
    let town_name = format!("{place}{}", if is_street { "街道" } else { "镇" });
    let n = if is_street { size.n_communities } else { size.n_villages };
    for i in 0..n {
        let own = if is_street { format!("{code}{:03}", i + 1) } else { format!("{code}{:03}", 200 + i) };
        let unit = if is_street {
            format!("{}社区", words::community(county * 20 + town, i))
        } else {
            format!("{}村", words::village(county * 20 + town, i))
        };
        // Every eighth is large: a general branch with branches below it.
        if i % 8 == 3 {
            let mut general = branch(&own, format!("{town_name}{unit}党总支"), &code, field, "general_branch", begins);
            general.region_code = Some(own.trim_start_matches('P').to_owned());
            all.push(general);
            for part in 1..=(2 + i % 2) {
                let below = format!("{own}{part:02}");
                let name = format!("{town_name}{unit}第{}党支部", ["一", "二", "三"][part - 1]);
                let mut one = branch(&below, name, &own, field, "branch", begins);
                // Of the same village: its income is theirs.
                one.region_code = Some(own.trim_start_matches('P').to_owned());
                all.push(one);
            }
            continue;
        }
        let mut new = branch(&own, format!("{town_name}{unit}党支部"), &code, field, "branch", begins);
        new.region_code = Some(own.trim_start_matches('P').to_owned());
        all.push(new);
    }
    for i in 0..size.n_others {
        let (name, field, kind) = OTHERS[i % OTHERS.len()];
        let which = if i < OTHERS.len() { String::new() } else { format!("第{}", ["二", "三", "四"][(i / OTHERS.len() - 1) % 3]) };
        all.push(branch(&format!("{code}9{:02}", i + 1), format!("{town_name}{which}{name}"), &code, field, kind, begins));
    }
}

fn committee(code: &str, name: String, kind: &str, superior: Option<&str>, field: &str, begins: Date) -> NewOrganisation {
    let mut chance = Chance::of(&format!("organisation/{code}"));
    NewOrganisation {
        kind: kind.to_owned(),
        term_years: Some(5),
        elected_on: back(begins, chance.between(60, 1500)),
        ..base(code, name, superior, field, &mut chance)
    }
}

fn branch(code: &str, name: String, superior: &str, field: &str, kind: &str, begins: Date) -> NewOrganisation {
    let mut chance = Chance::of(&format!("organisation/{code}"));
    let years = if matches!(field, "rural" | "urban_community") { 5 } else { 3 };
    // A few terms have run out.
    let most = if chance.in_thousand(25) { years * 365 + 200 } else { years * 365 - 420 };
    NewOrganisation {
        kind: kind.to_owned(),
        term_years: Some(years),
        elected_on: back(begins, chance.between(most.min(90), most)),
        ..base(code, name, Some(superior), field, &mut chance)
    }
}

fn base(code: &str, name: String, superior: Option<&str>, field: &str, chance: &mut Chance) -> NewOrganisation {
    NewOrganisation {
        code: code.to_owned(),
        name,
        superior_code: superior.map(str::to_owned),
        field: field.to_owned(),
        founded_on: back(date(2015, 1, 1), chance.between(0, 12_000)),
        secretary: Some(words::person(chance)),
        telephone: Some(format!("1990000{:04}", chance.between(0, 9999))),
        longitude: Some(format!("101.{:06}", chance.between(100_000, 900_000))),
        latitude: Some(format!("26.{:06}", chance.between(100_000, 900_000))),
        source: "演示数据".to_owned(),
        ..NewOrganisation::default()
    }
}

/// The members of one branch; the first is its secretary.
pub(super) fn members(branch: &OrgNode, size: Size, first_number: i64, begins: Date) -> Vec<NewMember> {
    let mut chance = Chance::of(&format!("members/{}", branch.code));
    let n = match chance.between(0, 99) {
        0..=11 => chance.between(3, 6),
        12..=14 => chance.between(52, 70),
        _ => chance.between(size.n_members.0, size.n_members.1),
    };
    (0..n).map(|i| member(&mut chance, branch, branch.secretary.as_deref().filter(|_| i == 0), first_number + i, begins)).collect()
}

fn member(chance: &mut Chance, branch: &OrgNode, name: Option<&str>, number: i64, begins: Date) -> NewMember {
    let age = if chance.in_thousand(280) { chance.between(61, 84) } else { chance.between(22, 60) };
    let born = back(begins, age * 365 + chance.between(0, 364)).unwrap_or(begins);
    let is_woman = chance.in_thousand(320);
    let joined_age = chance.between(19, (age - 1).clamp(19, 45));
    let joined = forward(born, joined_age * 365 + chance.between(1, 300)).min(forward(begins, -30));
    let probationary = name.is_none() && chance.in_thousand(25);
    let joined = if probationary { forward(begins, -chance.between(20, 200)) } else { joined.min(forward(begins, -400)) };
    let occupations = words::occupations(&branch.field, age);
    let occupation = if age > 60 { occupations[0] } else { chance.one(occupations) };
    NewMember {
        name: name.map_or_else(|| words::person(chance), str::to_owned),
        sex: if is_woman { "女" } else { "男" }.to_owned(),
        ethnicity: if chance.in_thousand(900) { "汉族" } else { "白族" }.to_owned(),
        id_number: identity_number(born, number, is_woman),
        born_on: Some(born),
        education: Some((*chance.one(&words::EDUCATION)).to_owned()),
        joined_on: Some(joined),
        full_on: (!probationary).then(|| joined.checked_add(Span::new().years(1)).unwrap_or(joined)),
        category: if probationary { "预备党员" } else { "正式党员" }.to_owned(),
        branch: branch.id,
        occupation: Some(occupation.to_owned()),
        telephone: Some(format!("199{:08}", 10_000_000 + number)),
        is_mobile: name.is_none() && chance.in_thousand(45),
        status: "正常".to_owned(),
        source: "演示数据".to_owned(),
        belongs_from: None,
    }
}

/// An identity number under the unassigned prefix 990101 with the right last character; different for every number.
fn identity_number(born: Date, number: i64, is_woman: bool) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const LAST: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    // Fifteen people of one birthday and sex would need more than three digits: the prefix gives way.
    let prefix = 990_101 + number / 500 % 899;
    let sequence = number % 500 * 2 + i64::from(!is_woman);
    let digits = format!("{prefix:06}{}{sequence:03}", born.strftime("%Y%m%d"));
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{digits}{}", LAST[(sum % 11) as usize])
}

pub(super) fn back(from: Date, days: i64) -> Option<Date> {
    from.checked_sub(Span::new().days(days)).ok()
}

pub(super) fn forward(from: Date, days: i64) -> Date {
    from.checked_add(Span::new().days(days)).unwrap_or(from)
}
