use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "selection_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(column_type = "Text")]
    pub selection: String,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub holder: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub applied_on: String,
    pub case_id: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub named_on: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub valid_until: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub withdrawn_on: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
