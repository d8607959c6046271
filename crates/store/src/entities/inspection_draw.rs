use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inspection_draw")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub inspection_id: i64,
    #[sea_orm(column_type = "Text")]
    pub first_part: String,
    pub first_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub second_part: String,
    pub second_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub public_source: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub public_on: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub drawn_on: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub aside_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
