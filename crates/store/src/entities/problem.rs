use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "problem")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub organisation_id: i64,
    pub issuer_id: i64,
    pub case_id: i64,
    pub case_item_id: i64,
    pub is_own: bool,
    #[sea_orm(column_type = "Text")]
    pub source: String,
    #[sea_orm(column_type = "Text")]
    pub problem_type: String,
    #[sea_orm(column_type = "Text")]
    pub text: String,
    #[sea_orm(column_type = "Text")]
    pub basis: String,
    #[sea_orm(column_type = "Text")]
    pub owner: String,
    #[sea_orm(column_type = "Text")]
    pub due_on: String,
    #[sea_orm(column_type = "Text")]
    pub raised_on: String,
    pub raised_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub raiser: String,
    pub recurs_id: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub origin: String,
    pub origin_id: Option<i64>,
    pub is_handed_in: bool,
    #[sea_orm(column_type = "Text", nullable)]
    pub closed_on: Option<String>,
    pub is_late: bool,
    pub is_dismissed: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
