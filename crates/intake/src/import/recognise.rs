//! Which kind of workbook a sheet is: by its headings, wherever the heading row stands and whatever the order. Pure.

use office::sheet::{Cell, Row};
use policy::{Pack, WorkbookColumn};

use super::cells::{narrow, text};
use super::model::{Layout, Place, Primitive};

/// Rows in which headings are looked for.
pub const HEADER_WITHIN: usize = 50;

/// The kinds of workbook that a pack knows.
pub struct Recogniser<'p> {
    kinds: Vec<Kind<'p>>,
}

struct Kind<'p> {
    key: &'p str,
    name: &'p str,
    primitive: Primitive,
    columns: Vec<(&'p WorkbookColumn, Vec<String>)>,
}

/// A sheet of which no kind is known, and what comes nearest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    pub kind: String,
    pub row: u32,
    pub missing: Vec<String>,
    n_found: usize,
}

impl<'p> Recogniser<'p> {
    #[must_use]
    pub fn new(pack: &'p Pack) -> Self {
        let kinds = pack.workbooks.iter().filter_map(|(key, workbook)| {
            let columns = workbook.columns.iter().map(|column| {
                let words = std::iter::once(&column.heading).chain(&column.aliases).map(|word| heading_key(word)).collect();
                (column, words)
            });
            Some(Kind { key, name: &workbook.name, primitive: Primitive::parse(&workbook.primitive)?, columns: columns.collect() })
        });
        Self { kinds: kinds.collect() }
    }

    /// Looks for headings in the first rows of a sheet.
    ///
    /// # Errors
    /// [`Nearest`] when no row has all the headings that a kind requires.
    pub fn layout(&self, sheet: &str, rows: &[Row]) -> Result<Layout, Option<Nearest>> {
        let mut nearest: Option<Nearest> = None;
        for (at, row) in rows.iter().take(HEADER_WITHIN).enumerate() {
            let alone: Vec<String> = row.cells.iter().map(text).collect();
            // A heading row of two lines: what stands in the second names the column, what spans both stands in the first.
            let joined = at.checked_sub(1).map(|before| join(&rows[before], &alone));
            for headings in std::iter::once(&alone).chain(&joined) {
                match self.of_headings(headings, row.number) {
                    Ok((kind, places)) => {
                        let year = rows[..at].iter().flat_map(|row| &row.cells).find_map(year_in);
                        return Ok(Layout {
                            n_branches: 0,
                            sheet: sheet.to_owned(),
                            kind: kind.key.to_owned(),
                            primitive: kind.primitive,
                            header_row: row.number,
                            places,
                            year,
                            kinds: Vec::new(),
                        });
                    }
                    Err(found) => {
                        if found.n_found > nearest.as_ref().map_or(0, |it| it.n_found) {
                            nearest = Some(found);
                        }
                    }
                }
            }
        }
        Err(nearest.filter(|it| it.n_found >= 2))
    }

    /// The kind whose required headings are all there, with most headings known.
    fn of_headings(&self, headings: &[String], row: u32) -> Result<(&Kind<'p>, Vec<Place>), Nearest> {
        let keys: Vec<String> = headings.iter().map(|heading| heading_key(heading)).collect();
        let mut best: Option<(&Kind<'p>, Vec<Place>)> = None;
        let mut nearest = Nearest { kind: String::new(), row, missing: Vec::new(), n_found: 0 };
        for kind in &self.kinds {
            let places = kind.places(&keys, headings);
            let missing: Vec<String> = kind
                .columns
                .iter()
                .map(|(column, _)| column)
                .filter(|c| c.required && !places.iter().any(|p| p.field == c.field))
                .map(|c| c.heading.clone())
                .collect();
            if missing.is_empty() {
                if best.as_ref().is_none_or(|(_, known)| places.len() > known.len()) {
                    best = Some((kind, places));
                }
            } else if places.len() > nearest.n_found {
                nearest = Nearest { kind: kind.name.to_owned(), row, missing, n_found: places.len() };
            }
        }
        best.ok_or(nearest)
    }
}

impl Kind<'_> {
    /// One column for each field: the heading itself before an alias, the left one of two.
    fn places(&self, keys: &[String], headings: &[String]) -> Vec<Place> {
        let mut places: Vec<Place> = self
            .columns
            .iter()
            .filter_map(|(column, words)| {
                let at = words.iter().find_map(|word| keys.iter().position(|key| !key.is_empty() && key == word))?;
                Some(Place {
                    field: column.field.clone(),
                    heading: headings[at].clone(),
                    column: u32::try_from(at).ok()?,
                    kind: column.kind,
                    required: column.required,
                    code_list: column.code_list.clone(),
                })
            })
            .collect();
        places.sort_by_key(|place| place.column);
        // One column stands for one field: the first of the pack's order has it.
        places.dedup_by_key(|place| place.column);
        places
    }
}

impl Nearest {
    /// As a sentence for whoever sent the file.
    #[must_use]
    pub fn sentence(&self, sheet: &str) -> String {
        format!(
            "工作表“{sheet}”第 {} 行像“{}”的表头，但缺少必填的列：{}。请补上这些列，或者下载空白模板填写。",
            self.row,
            self.kind,
            self.missing.join("、")
        )
    }
}

fn join(above: &Row, below: &[String]) -> Vec<String> {
    let n = above.cells.len().max(below.len());
    let upper = |at: usize| above.cells.get(at).map(text).unwrap_or_default();
    (0..n).map(|at| below.get(at).filter(|text| !text.is_empty()).cloned().unwrap_or_else(|| upper(at))).collect()
}

/// A heading without what does not tell it apart: spaces, line breaks, stars, (必填), full-width signs.
#[must_use]
pub fn heading_key(heading: &str) -> String {
    let key: String = narrow(heading).chars().filter(|c| !matches!(c, ' ' | '*' | ':')).collect();
    key.replace("(必填)", "").replace("(选填)", "").replace("(必填项)", "").to_lowercase()
}

/// The year in a title: 采集表（2025年度）.
fn year_in(cell: &Cell) -> Option<i16> {
    let text = narrow(&text(cell));
    let (before, _) = text.split_once('年')?;
    let digits: String = before.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    (digits.len() == 4).then(|| digits.parse().ok()).flatten().filter(|year| (1949..2200).contains(year))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack() -> std::sync::Arc<Pack> {
        frame::policies::Policies::of_folder(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies")))
            .expect("the embedded packs are sound")
            .pack
    }

    fn row(number: u32, cells: &[&str]) -> Row {
        Row { number, cells: cells.iter().map(|text| if text.is_empty() { Cell::Empty } else { Cell::Text((*text).to_owned()) }).collect() }
    }

    #[test]
    fn headings_are_found_below_titles_in_any_order() {
        let pack = pack();
        let recogniser = Recogniser::new(&pack);
        let rows = [
            row(1, &["党员基本信息采集表（2025年度）"]),
            row(2, &["填报单位：", "", "填报时间："]),
            row(3, &["序号", "党员类别", "入 党 时间", "姓名*", "支部代码", "身份证号（必填）", "备注"]),
        ];
        let layout = recogniser.layout("名册", &rows).expect("members");
        assert_eq!((layout.kind.as_str(), layout.header_row, layout.year), ("members", 3, Some(2025)));
        let found: Vec<(&str, u32)> = layout.places.iter().map(|p| (p.field.as_str(), p.column)).collect();
        assert_eq!(found, [("category", 1), ("joined_on", 2), ("name", 3), ("branch_code", 4), ("id_number", 5)]);
        assert_eq!(layout.place("id_number").expect("there").heading, "身份证号（必填）");
    }

    #[test]
    fn every_template_is_recognised_as_what_it_is() {
        let pack = pack();
        let recogniser = Recogniser::new(&pack);
        for (key, workbook) in &pack.workbooks {
            let headings: Vec<&str> = workbook.columns.iter().map(|c| c.heading.as_str()).collect();
            let layout = recogniser.layout("表", &[row(1, &headings)]).expect("recognised");
            assert_eq!((&layout.kind, layout.places.len()), (key, workbook.columns.len()));
        }
    }

    #[test]
    fn a_heading_of_two_lines_is_one() {
        let pack = pack();
        let rows = [
            row(1, &["村编码", "村名", "年度", "收入", ""]),
            row(2, &["", "", "", "经营性收入（万元）", "总收入（万元）"]),
            row(3, &["990101001001", "松林村", "2025", "12.5", "20"]),
        ];
        let layout = Recogniser::new(&pack).layout("表", &rows).expect("income");
        assert_eq!((layout.kind.as_str(), layout.header_row, layout.places.len()), ("village_income", 2, 5));
    }

    #[test]
    fn what_is_missing_is_named() {
        let pack = pack();
        let nearest = Recogniser::new(&pack)
            .layout("表", &[row(4, &["姓名", "性别", "民族", "身份证号", "入党时间", "党员类别"])])
            .expect_err("a column is missing")
            .expect("near");
        assert_eq!(
            nearest.sentence("表"),
            "工作表“表”第 4 行像“党员基本信息”的表头，但缺少必填的列：所在党支部编码。请补上这些列，或者下载空白模板填写。"
        );
        assert_eq!(Recogniser::new(&pack).layout("表", &[row(1, &["甲", "乙"])]), Err(None));
    }
}
