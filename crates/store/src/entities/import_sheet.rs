use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_sheet")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub job_id: i64,
    pub file_id: i64,
    pub position: i64,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub primitive: String,
    #[sea_orm(column_type = "Text")]
    pub layout: String,
    pub n_rows: i64,
    pub n_new: i64,
    pub n_differing: i64,
    pub n_same: i64,
    pub n_created: i64,
    pub n_updated: i64,
    pub n_unchanged: i64,
    pub n_kept: i64,
    pub n_refused: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
