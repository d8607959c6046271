use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_chunk")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub job_id: i64,
    pub sheet_id: i64,
    #[sea_orm(column_type = "Text")]
    pub step: String,
    pub position: i64,
    pub n_rows: i64,
    #[sea_orm(column_type = "Blob")]
    pub body: Vec<u8>,
    pub is_applied: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
