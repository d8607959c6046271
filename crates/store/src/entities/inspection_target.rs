use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inspection_target")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub inspection_id: i64,
    pub organisation_id: i64,
    pub draw_id: Option<i64>,
    pub draw_rank: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub draw_key: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub aside_reason: Option<String>,
    pub team_id: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub opened_on: Option<String>,
    pub opened_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub handed_in_on: Option<String>,
    pub handed_in_by: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
