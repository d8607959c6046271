use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "task")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub item_id: i64,
    pub whole_id: Option<i64>,
    pub organisation_id: i64,
    pub issuer_id: i64,
    #[sea_orm(column_type = "Text")]
    pub fields: String,
    pub quantity_milli: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub parts_kind: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub owner: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub owner_level: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub due_on: String,
    pub case_id: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub issued_on: String,
    pub is_across: bool,
    pub done_milli: Option<i64>,
    pub verified_milli: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub fulfilled_on: Option<String>,
    pub is_late: bool,
    #[sea_orm(column_type = "Text")]
    pub permitted: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
