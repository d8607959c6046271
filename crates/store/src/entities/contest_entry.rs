use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contest_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub round_id: i64,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub presentation: String,
    #[sea_orm(column_type = "Text")]
    pub evidence: String,
    pub entered_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub entered_on: String,
    pub entered_from_id: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub score: Option<String>,
    pub place: Option<i64>,
    pub is_up: bool,
    #[sea_orm(column_type = "Text")]
    pub practice: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
